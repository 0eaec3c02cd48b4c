import Foundation
package import Model
package import Wire

/// Parcels that this laptop carries for others: to the hub, and to other devices. It can open none
/// of them; they lie in the folder `freight` of the home as they came.
///
/// Losing one harms nobody: whoever wrote it keeps what is in it until the hub has it. What is for
/// a device therefore makes room for what comes later, oldest first.
package struct Freight: Sendable {
    private let folder: String

    package init(home: String) {
        folder = home + "/freight"
    }

    private static let suffix = ".parcel"

    /// All parcels in the order in which they came, because later ones may build on what earlier ones
    /// bring. What cannot be read is left out.
    package func parcels() -> [Parcel] {
        names().compactMap { name in
            let path = folder + "/" + name
            guard let data = FileManager.default.contents(atPath: path) else { return nil }
            return try? Parcel(encodedBytes: [UInt8](data))
        }
    }

    /// Parcels for the hub.
    package func parcelsForHub() -> [Parcel] { parcels().filter(\.head.isForHub) }

    /// Parcels for any of these devices.
    package func parcels(for devices: [DeviceID]) -> [Parcel] {
        parcels().filter { parcel in devices.contains { parcel.head.isFor($0) } }
    }

    /// Keeps a parcel to carry it on. Of two copies one of which was cut short the longer one counts;
    /// of copies that differ one is damaged, nobody here can tell which, and all are kept.
    ///
    /// - Returns: whether it is new here.
    /// - Throws: ``ReplicaError`` with `freightFull`, `diskFull` or `readOnly`.
    @discardableResult
    package func keep(_ parcel: Parcel) throws -> Bool {
        let bytes = parcel.encodedBytes
        let copies = copies(of: parcel.id)
        guard !copies.contains(where: { $0.bytes.starts(with: bytes) }) else { return false }
        let shorter = copies.first { bytes.starts(with: $0.bytes) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ReplicaError(.readOnly, folder)
        }
        try makeRoom(for: bytes.count)
        try AtomicFile.write(bytes, to: shorter?.path ?? nextPath(for: parcel.id))
        return true
    }

    /// Lets go of a parcel that has arrived or is of no use.
    package func remove(_ parcel: Parcel) {
        for copy in copies(of: parcel.id) where copy.bytes == Data(parcel.encodedBytes) {
            unlink(copy.path)
        }
    }

    private func copies(of id: Digest) -> [(path: String, bytes: Data)] {
        let end = "-\(id.bytes.hexadecimal)\(Self.suffix)"
        return names().filter { $0.hasSuffix(end) }.compactMap { name in
            let path = "\(folder)/\(name)"
            return FileManager.default.contents(atPath: path).map { (path, $0) }
        }
    }

    /// Where a parcel goes that comes after all that are here: their names begin with a number.
    private func nextPath(for id: Digest) -> String {
        let last = names().last.flatMap { Int($0.prefix(Self.numberDigits)) } ?? 0
        let number = String(last + 1)
        let zeros = String(repeating: "0", count: max(0, Self.numberDigits - number.count))
        return "\(folder)/\(zeros)\(number)-\(id.bytes.hexadecimal)\(Self.suffix)"
    }

    private static let numberDigits = 8

    private func makeRoom(for count: Int) throws {
        var used = count + names().reduce(0) { $0 + (Self.size(folder + "/" + $1) ?? 0) }
        guard used > Limits.freightBytesMax else { return }
        for parcel in parcels()
        where used > Limits.freightBytesMax && !parcel.head.isForHub {
            remove(parcel)
            used -= parcel.encodedBytes.count
        }
        guard used <= Limits.freightBytesMax else { throw ReplicaError(.freightFull, folder) }
    }

    private func names() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) }.sorted()
    }

    private static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}

/// What became of the freight at a sync.
package struct FreightReport: Sendable, Equatable {
    /// Parcels that the hub has now.
    package var delivered = 0
    /// Codes with which the hub refused others; those are let go.
    package var refused: [String] = []

    package init() {}
}

extension Replica {
    /// Parcels that are carried for others.
    package var freight: Freight { Freight(home: home) }

    /// Hands the hub what others gave this laptop for it, and takes its answers along. It does not
    /// matter for that how the hub thinks of this device.
    ///
    /// - Returns: what is left behind a parcel at which the line broke, or that got an answer which
    ///   cannot be read. This may be for that parcel alone, so what the laptop has to say itself comes
    ///   first, then ``deliverRest(_:over:report:)``.
    /// - Throws: what the hub says of the moment; ``ReplicaError``.
    func deliverFreight(
        _ parcels: [Parcel], over connection: any HubConnection, report: inout SyncReport
    ) async throws -> ArraySlice<Parcel> {
        for (index, parcel) in parcels.enumerated() {
            guard try await deliver(parcel, over: connection, report: &report) else {
                return parcels[(index + 1)...]
            }
        }
        return []
    }

    /// Hands over what was left, when the hub has answered to something else. After a few parcels at
    /// which the line breaks all the same, the others wait for another sync.
    func deliverRest(
        _ parcels: ArraySlice<Parcel>, over connection: any HubConnection,
        report: inout SyncReport
    ) async throws {
        var rest = parcels
        for _ in 0..<Self.brokenParcelsMax where !rest.isEmpty {
            do {
                rest = try await deliverFreight(Array(rest), over: connection, report: &report)
            } catch is any HubRefusal {
                // The hub has no time for them now; the sync itself is done.
                return
            }
        }
    }

    private static let brokenParcelsMax = 3

    /// Hands over one parcel. False if nothing came back that could be the hub's.
    private func deliver(
        _ parcel: Parcel, over connection: any HubConnection, report: inout SyncReport
    ) async throws -> Bool {
        let bytes = parcel.encodedBytes
        report.roundTrips += 1
        report.bytesSent += bytes.count
        let answer: Parcel
        do {
            let bytes = try await connection.carry(bytes)
            report.bytesReceived += bytes.count
            answer = try Parcel(encodedBytes: bytes)
        } catch let refusal as any HubRefusal {
            // Another time; what this laptop has to say itself does not wait for it.
            if refusal.isOfTheParcel { return true }
            guard !refusal.isOfTheMoment else { throw refusal }
            report.freight.refused.append(refusal.hubCode)
            freight.remove(parcel)
            return true
        } catch let error as CancellationError {
            throw error
        } catch {
            return false
        }
        guard !answer.head.isForHub else { return false }
        freight.remove(parcel)
        report.freight.delivered += 1
        do {
            try freight.keep(answer)
        } catch let error as ReplicaError where error.reason == .freightFull {
            // The hub says it again to whoever asks.
        }
        return true
    }
}

extension HubRefusal {
    /// Whether it may be for this parcel alone that the hub cannot do it now.
    fileprivate var isOfTheParcel: Bool {
        ["internal", "fileFailed", "damagedHub"].contains(hubCode)
    }

    /// Whether the hub may take tomorrow what it does not take now, whatever it is.
    fileprivate var isOfTheMoment: Bool {
        ["busy", "tooManyRequests", "recovering"].contains(hubCode)
    }
}
