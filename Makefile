# What people type. The work is done by swift and by the scripts beside this file.

.PHONY: build demo test lint protobuf release clean packages

build: packages
	swift build

# Two commands from a fresh clone: see a programme at work; run every check.
demo: packages
	scripts/demo

# Built first, so that a failing build and a failing test look different. All tests are Swift
# Testing; without the XCTest half nobody reads its "Executed 0 tests" for a result.
test: packages
	swift build --build-tests
	swift test --skip-build --disable-xctest

lint:
	swift format lint --strict --recursive Package.swift Sources/Model Sources/Cryptography \
	    $(filter-out Sources/Wire/Generated,$(wildcard Sources/Wire/*)) Sources/Replica \
	    Sources/SyncClient Sources/SyncServer Sources/Benchmark Tests

# After a change of protocol/messages.proto; needs Debian's protobuf-compiler.
protobuf:
	scripts/generate-protobuf.sh

# Optimised, stripped, with the Swift runtime inside: two files to copy to other machines.
release: packages
	swift build --configuration release --static-swift-stdlib -Xlinker -s
	@echo "Built .build/release/waymark and .build/release/waymark-hub"

clean:
	swift package clean
	rm -rf demo-data

packages:
	@scripts/install-packages
