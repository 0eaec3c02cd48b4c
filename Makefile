# What people type. The work is done by swift and by the scripts beside this file.

.PHONY: build demo test simulate mutations crash fuzz sanitize golden bench peers lint protobuf \
    release clean packages

build: packages
	swift build

# Two commands from a fresh clone: see a programme at work; run every check.
demo: packages
	scripts/demo

# Built first, so that a failing build and a failing test look different. All tests are Swift
# Testing; without the XCTest half nobody reads its "Executed 0 tests" for a result.
test: packages
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip SimulateTests
	$(simulated) swift test --skip-build --disable-xctest --filter SimulateTests

# Whole programmes in one process under every misfortune, each drawn from one seed:
# `make simulate SEEDS=1000`, `make simulate SEEDS=1 FROM=4711` for one that failed. JOBS go on at a
# time; KEEP_GOING=1 does not stop at the first failure. Optimised, because it is many.
SEEDS = 100
FROM = 1
JOBS = 2
simulate_options = --configuration release --scratch-path .build-release -Xswiftc -enable-testing
simulate: export WAYMARK_SIMULATION = 1
simulate: packages
	swift build --build-tests $(simulate_options)
	$(simulated) SEEDS=$(SEEDS) FROM=$(FROM) JOBS=$(JOBS) \
	    swift test --skip-build --disable-xctest $(simulate_options) --filter SimulateTests

# Whether the simulator finds each of the deliberate bugs in Tests/Mutations.
mutations: packages
	scripts/check-mutations

# Hub and laptops ended without warning at any moment under load, many times; the plain test run
# does it a few times. CRASH_SEED=2 draws other moments.
ROUNDS = 500
crash: packages
	swift build --build-tests
	CRASH_ROUNDS=$(ROUNDS) swift test --skip-build --disable-xctest --filter CrashTests

# One reader of outside bytes under libFuzzer, or all of them one after the other; what it finds
# lies in .build-fuzz/corpus/NAME/found.
DECODER = all
RUNS = 10000000
fuzz: packages
	DECODER=$(DECODER) RUNS=$(RUNS) scripts/fuzz

# All tests, but a few seeds of the simulation only, with everything built for a sanitizer, which
# takes long the first time.
SANITIZER = thread
sanitize: packages
	SANITIZER=$(SANITIZER) scripts/test-with-sanitizer
# The hub's folder and the homes in Tests/EndToEndTests/Resources/golden, of the present format.
golden: packages
	swift build --build-tests
	WAYMARK_GOLDEN=write swift test --skip-build --disable-xctest --filter GoldenFileTests

# What is given to people, and so what is measured: with the Swift runtime inside, a command starts
# in two thirds of the time.
release_options = --configuration release --static-swift-stdlib

# Everything that is promised about speed and size, and how it grows: docs/performance.md. Takes
# some minutes; the figures go to .build/bench.json and .build/growth.json as well. DIARY names a
# larger diary than the sample.
DIARY = Tests/EndToEndTests/Resources/pepys-sample.jsonl
bench: packages
	swift build $(release_options)
	.build/release/waymark-bench all --diary $(DIARY) --json .build/bench.json
	.build/release/waymark-bench growth --json .build/growth.json

# Waymark beside other programs: docs/peers.md. Takes half an hour; the figures go to
# .build/peers.json as well.
peers: packages
	scripts/peers/install
	swift build $(release_options)
	python3 scripts/peers/run.py

# Dictionaries have one order in every process, so that a seed is the same run everywhere; files in
# memory where there is a place for that.
simulated = SWIFT_DETERMINISTIC_HASHING=1 TMPDIR=$(firstword $(wildcard /dev/shm) /tmp)

lint:
	swift format lint --strict --recursive Package.swift Sources/Model Sources/Cryptography \
	    $(filter-out Sources/Wire/Generated,$(wildcard Sources/Wire/*)) Sources/Replica \
	    Sources/SyncClient Sources/SyncServer Sources/Benchmark Tests

# After a change of protocol/messages.proto; needs Debian's protobuf-compiler.
protobuf:
	scripts/generate-protobuf.sh

# Optimised, stripped, with the Swift runtime inside: two files to copy to other machines.
release: packages
	swift build $(release_options) -Xlinker -s
	@echo "Built .build/release/waymark and .build/release/waymark-hub"

clean:
	swift package clean
	rm -rf demo-data

packages:
	@scripts/install-packages
