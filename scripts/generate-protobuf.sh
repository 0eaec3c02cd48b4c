#!/bin/sh
# Makes Sources/Wire/Generated/messages.pb.swift from protocol/messages.proto.
#
# Needed only after a change of messages.proto; the result is committed. protoc comes from the
# system (Debian: protobuf-compiler). Its Swift plugin is built from the swift-protobuf that
# Package.swift pins, so that plugin and runtime always fit; the plugin alone takes a minute,
# while swift-protobuf's own build plugin would compile all of protoc.
#
# Usage: scripts/generate-protobuf.sh
# A plugin that is already built can be named with PROTOC_GEN_SWIFT.
set -eu

cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null; then
    echo "protoc is missing; install protobuf-compiler." >&2
    exit 1
fi

if [ -z "${PROTOC_GEN_SWIFT:-}" ]; then
    swift package resolve
    checkout=.build/checkouts/swift-protobuf
    scratch=.build/protoc-gen-swift
    swift build --package-path "$checkout" --scratch-path "$scratch" --product protoc-gen-swift
    PROTOC_GEN_SWIFT=$scratch/debug/protoc-gen-swift
fi

mkdir -p Sources/Wire/Generated
protoc \
    --plugin=protoc-gen-swift="$PROTOC_GEN_SWIFT" \
    --proto_path=protocol \
    --swift_out=Sources/Wire/Generated \
    --swift_opt=Visibility=Internal \
    messages.proto
echo "Wrote Sources/Wire/Generated/messages.pb.swift."
