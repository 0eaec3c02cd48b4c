import Cryptography
import Foundation
import Replica

/// The folder that holds a hub: its database, its keys, its certificate. Only its owner reads it.
struct HubFolder: Sendable {
    let path: String

    init(_ path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    var databasePath: String { path + "/hub.sqlite" }
    var keyPath: String { path + "/hub.key" }
    var tlsKeyPath: String { path + "/tls.key" }
    var tlsCertificatePath: String { path + "/tls.pem" }
    private var markPath: String { path + "/serve.mark" }

    /// What the database takes on the disk, and what its write-ahead log.
    var databaseBytes: (file: Int, log: Int) {
        func size(_ path: String) -> Int {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.size] as? Int) ?? 0
        }
        return (size(databasePath), size(databasePath + "-wal"))
    }

    var holdsHub: Bool { FileManager.default.fileExists(atPath: databasePath) }

    /// Whether the database was cut down to nothing.
    var holdsEmptiedDatabase: Bool { ReplicaDatabase.isEmptied(databasePath) }

    var holdsKey: Bool { FileManager.default.fileExists(atPath: keyPath) }

    func holdsKey(_ content: Data) -> Bool {
        FileManager.default.contents(atPath: keyPath) == content
    }

    /// Throws where it cannot be seen whether there is a hub: that is not the same as none.
    func requireReadable() throws {
        var status = stat()
        guard stat(databasePath, &status) != 0, ![ENOENT, ENOTDIR].contains(errno) else { return }
        throw HubError(
            .fileFailed, "The folder \(path) cannot be read.",
            hint: "Check who owns it and its files; run waymark-hub as that user.")
    }

    func create() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw HubError(
                .fileFailed, "The folder \(path) cannot be made.",
                hint: "Choose a folder that you may write to.")
        }
    }

    /// The hub's key; a new one where an earlier `init` was cut off before there was any.
    func makeKey() throws -> SigningKey {
        if FileManager.default.fileExists(atPath: keyPath) { return try KeyFile.read(keyPath) }
        let key = SigningKey()
        try KeyFile.write(key, to: keyPath)
        return key
    }

    // MARK: TLS

    /// Reads the TLS identity, makes it if there is none, renews it if the host has changed.
    func tlsIdentity(host: String) throws -> TLSIdentity {
        let certificate = text(tlsCertificatePath)
        guard let key = text(tlsKeyPath) else {
            guard certificate == nil else {
                throw HubError(
                    .damagedHub, "The TLS key in \(path) is missing.",
                    hint: "Restore tls.key from a backup; members trust that key.")
            }
            let identity = try TLSIdentity.make(host: host)
            try Self.write(identity.privateKeyPEM, to: tlsKeyPath)
            try Self.write(identity.certificatePEM, to: tlsCertificatePath)
            return identity
        }
        do {
            let (identity, isRenewed) = try TLSIdentity.load(
                certificatePEM: certificate, privateKeyPEM: key, host: host)
            if isRenewed { try Self.write(identity.certificatePEM, to: tlsCertificatePath) }
            return identity
        } catch let error as HubError {
            throw error
        } catch {
            throw HubError(
                .damagedHub, "The TLS key or certificate in \(path) is damaged.",
                hint: "Restore tls.key and tls.pem from a backup; members trust that key.")
        }
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file of mode 0600, whole or not at all.
    private static func write(_ text: String, to path: String) throws {
        try write(Data(text.utf8), to: path)
    }

    private static func write(_ content: Data, to path: String) throws {
        do {
            try AtomicFile.write([UInt8](content), to: path)
        } catch {
            throw failure(path)
        }
    }

    private static func failure(_ path: String) -> HubError {
        HubError(
            .fileFailed, "The file \(path) cannot be written.",
            hint: "Check that there is room on the disk, and that you may write there.")
    }

    // MARK: Copies

    /// What the mark in the folder looks like: its number and the time of its last change, which no
    /// copy has in common with it. Nil if there is none.
    var mark: String? {
        var status = stat()
        guard stat(markPath, &status) == 0 else { return nil }
        #if os(Linux)
            let changed = status.st_ctim
        #else
            let changed = status.st_ctimespec
        #endif
        return "\(status.st_ino) \(changed.tv_sec).\(changed.tv_nsec)"
    }

    /// Makes the mark anew.
    func makeMark() throws -> String {
        try Self.write("Tells the hub whether its folder is a copy.\n", to: markPath)
        guard let mark else { throw Self.failure(markPath) }
        return mark
    }

    // MARK: Making a hub

    /// Gives a whole database its name. A log that is left of another one would be taken for its
    /// own.
    func putInPlace(_ draft: String) throws {
        for suffix in ["-wal", "-shm", "-journal"] { unlink(databasePath + suffix) }
        guard rename(draft, databasePath) == 0 else { throw Self.failure(databasePath) }
    }

    /// Writes a key file out of a backup.
    func restore(_ content: Data, to name: String) throws {
        try Self.write(content, to: path + "/" + name)
    }

    // MARK: One program a folder

    /// Holds the folder for one server; removes what was left by programs that were killed.
    func lockForServing() throws -> FolderLock {
        guard let lock = try FolderLock.acquire(.hub, in: path) else {
            throw HubError(
                .inUse, "Another waymark-hub serves \(path) already.",
                hint: "Stop it first, or choose another folder.")
        }
        removeLeftovers()
        return lock
    }

    /// Makes the folder, if there is none, and runs what makes a hub in it, which has the folder
    /// for itself meanwhile.
    func reserved<Result>(_ body: () throws -> Result) throws -> Result {
        let isNew = !FileManager.default.fileExists(atPath: path)
        try create()
        // One that is left empty was made for nothing.
        defer { if isNew { rmdir(path) } }
        guard let lock = try FolderLock.acquire(.hub, in: path) else { throw beingMade }
        do {
            removeLeftovers()
            let result = try body()
            lock.remove()
            return result
        } catch {
            lock.remove()
            throw error
        }
    }

    /// Why there is no hub in the folder, and what helps.
    var absence: HubError {
        if FolderLock.isHeld(.hub, in: path) { return beingMade }
        guard holdsKey else {
            return HubError(
                .notAHub, "There is no hub in \(path).", hint: "Make one with waymark-hub init.")
        }
        return HubError(
            .notAHub,
            "The hub in \(path) has its key and no database: a restore or an init was broken off "
                + "there, or the database is missing.",
            hint: "Run waymark-hub restore --from FILE --data \(path) with a backup of this hub. "
                + "Without any, waymark-hub init makes an empty hub with that key, and laptops give "
                + "back what they have.")
    }

    private var beingMade: HubError {
        HubError(
            .inUse, "Another waymark-hub is making a hub in \(path), or serves it.",
            hint: "Wait until it has finished, or choose another folder.")
    }

    /// Removes the drafts of a database and of key files; whoever calls has the folder for itself.
    /// They hold what the programme wrote, or its keys.
    private func removeLeftovers() {
        AtomicFile.removeDrafts(
            in: path, of: ["hub.key", "tls.key", "tls.pem", "serve.mark"])
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where Self.isDatabaseDraft(name) { unlink(path + "/" + name) }
    }

    /// Whether a name is of what `init` or `restore` writes before it becomes the database.
    static func isDatabaseDraft(_ name: String) -> Bool {
        let draft = /hub\.sqlite(\.[0-9a-f]{8})?\.new(-wal|-shm|-journal)?/
        return name.wholeMatch(of: draft) != nil
    }
}
