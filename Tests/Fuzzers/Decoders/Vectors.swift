import Cryptography
import Foundation
import Model

/// The examples of `protocol/vectors`, as far as they are bytes or texts.
package struct Vectors {
    private let folder: URL

    package init(folder: String) {
        self.folder = URL(fileURLWithPath: folder)
    }

    /// All bytes under a key, at any depth of a file.
    func bytes(_ file: String, key: String = "bytes") throws -> [[UInt8]] {
        try texts(file, key: key).compactMap { Hexadecimal.decode($0) }
    }

    /// All texts under a key.
    func texts(_ file: String, key: String) throws -> [String] {
        let data = try Data(contentsOf: folder.appending(path: file + ".json"))
        return Self.texts(try JSONSerialization.jsonObject(with: data), key: key)
    }

    private static func texts(_ value: Any, key: String) -> [String] {
        if let list = value as? [Any] { return list.flatMap { texts($0, key: key) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.flatMap { name, value -> [String] in
            if name == key, let text = value as? String { return [text] }
            return texts(value, key: key)
        }
    }
}

/// The keys of the examples.
enum Keys {
    static let hub = key(0)
    static let device = key(32)

    private static func key(_ first: UInt8) -> SigningKey {
        guard let key = try? SigningKey(seed: SecretBytes((first..<first + 32).map { $0 })) else {
            fatalError("A seed has 32 bytes.")
        }
        return key
    }

    static let noSignature: Signature = {
        guard let signature = Signature(bytes: [UInt8](repeating: 0, count: 64)) else {
            fatalError("A signature has 64 bytes.")
        }
        return signature
    }()
}
