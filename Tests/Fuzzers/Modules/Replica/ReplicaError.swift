/// An error of the file of a replica. No fuzzed reader opens one.
package struct ReplicaError: Error {
    package init?(ofFile error: any Error, at path: String) { nil }
}
