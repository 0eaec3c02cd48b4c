import Foundation
import Model
import Replica

/// A new laptop in a programme with many records: it begins with snapshots.
struct BootstrapFigures {
    let programs: RealProgramme.ProgramFiles
    let folder: String
    let records: Int

    func run() throws -> [Figure] {
        let programme = try RealProgramme(programs, in: folder)
        defer { programme.remove() }
        let token = try programme.deviceToken(of: "carla")
        let member = try Replica.open(at: programme.home("carla")).identity.member
        try BulkWork.addTasks(
            records, for: member, in: Replica.open(at: programme.home("carla")))
        let sent = try programme.sync("carla")
        try programme.prepare("second", token)
        // The first asks for the snapshot, which is made once for all.
        let first = try programme.firstSync("second")
        let again = try programme.deviceToken(of: "carla")
        try programme.prepare("third", again)
        let next = try programme.firstSync("third")
        let name = "snapshot of \(records) records"
        return [
            Figure("\(name): all of them sent", sent.run.milliseconds, .milliseconds),
            Figure(
                "\(name): made, and a new device is level", first.run.milliseconds, .milliseconds),
            Figure("\(name): another new device is level", next.run.milliseconds, .milliseconds),
            Figure("\(name): bodies got", Double(next.report.bytesReceived), .bytes),
            Figure("\(name): device's peak memory", next.run.peakMiB, .mebibytes),
            Figure("\(name): sender's peak memory", sent.run.peakMiB, .mebibytes),
            Figure("\(name): hub's peak memory", programme.hub.usage.peakMiB, .mebibytes),
        ]
    }
}
