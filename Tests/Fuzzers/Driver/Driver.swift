import Decoders
import Foundation
import Unsigned

/// `waymark-fuzz list`, `waymark-fuzz seeds NAME VECTORS FOLDER`, or `waymark-fuzz NAME` with the
/// options of libFuzzer; with files instead of folders, each of them is tried once.
@main struct Driver {
    // Set once, before the one thread of libFuzzer starts.
    nonisolated(unsafe) private static var decoder = Decoder.all[0]

    static func main() throws {
        let words = CommandLine.arguments
        if words.dropFirst().first == "list" {
            for decoder in Decoder.all { print(decoder.name) }
            return
        }
        guard words.count > 1,
            let name = words[1] == "seeds" ? words.dropFirst(2).first : words[1],
            let chosen = Decoder.all.first(where: { $0.name == name })
        else { fatalError("Name a decoder; see waymark-fuzz list.") }
        decoder = chosen
        if words[1] == "seeds" {
            try writeSeeds(vectors: words[3], folder: words[4])
            return
        }
        // What is given comes later and counts.
        let length = "-max_len=\(chosen.byteCountMax)"
        var arguments = ([words[0], length] + words.dropFirst(2)).map { strdup($0) } + [nil]
        var count = Int32(arguments.count - 1)
        let status = arguments.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
                Driver.decoder.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            }
        }
        exit(status)
    }

    private static func writeSeeds(vectors: String, folder: String) throws {
        let seeds = try decoder.seeds(Vectors(folder: vectors))
        for (index, seed) in seeds.enumerated() {
            let file = URL(fileURLWithPath: folder).appending(path: "seed-\(index)")
            try Data(seed).write(to: file)
        }
    }
}
