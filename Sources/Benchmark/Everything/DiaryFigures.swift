import Foundation
import Model

/// The whole diary: imported on one laptop, fetched by another of the same member.
struct DiaryFigures {
    let programs: RealProgramme.ProgramFiles
    let folder: String
    let diary: Diary

    func run() throws -> [Figure] {
        let programme = try RealProgramme(programs, in: folder)
        defer { programme.remove() }
        let token = try programme.deviceToken(of: "carla")
        try programme.prepare("second", token)
        let plain = try PlainDiary(file: "\(folder)/plain.sqlite").fill(diary.bodies)
        let imported = try programme.waymark("carla", "journal", "import", diary.file)
        let sent = try programme.sync("carla")
        let got = try programme.firstSync("second")
        let compressed = Double(diary.compressedBytes)
        let name = "diary of \(diary.bodies.count) entries"
        return [
            Figure(
                "\(name): import, beside plain insert with search", imported.milliseconds,
                .milliseconds, beside: plain.milliseconds),
            Figure("\(name): import, peak memory", imported.peakMiB, .mebibytes),
            Figure("\(name): sending", sent.run.milliseconds, .milliseconds),
            Figure(
                "\(name): bodies sent, beside zlib -6",
                Double(sent.report.bytesSent + sent.report.bytesReceived), .bytes,
                beside: compressed),
            Figure("\(name): first sync of a second device", got.run.milliseconds, .milliseconds),
            Figure(
                "\(name): its bodies both ways, beside zlib -6",
                Double(got.report.bytesSent + got.report.bytesReceived), .bytes,
                beside: compressed),
            Figure("\(name): its peak memory", got.run.peakMiB, .mebibytes),
            Figure("\(name): hub's peak memory", programme.hub.usage.peakMiB, .mebibytes),
        ]
    }
}
