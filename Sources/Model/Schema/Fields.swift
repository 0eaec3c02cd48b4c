/// Names for the fields that code reads and writes, so that no number stands alone.
package enum Fields {
    package enum Profile {
        package static let name = FieldID(1)
        package static let bio = FieldID(2)
        package static let timeZone = FieldID(3)
        package static let location = FieldID(4)
        package static let role = FieldID(5)
        package static let state = FieldID(6)
        package static let ratingSum = FieldID(7)
        package static let ratingCount = FieldID(8)
        package static let company = FieldID(9)
        package static let department = FieldID(10)
        package static let experience = FieldID(11)
        package static let expertise = FieldID(12)
        package static let hourlyRate = FieldID(13)
        package static let languages = FieldID(14)
        package static let currentRole = FieldID(15)
        package static let goals = FieldID(16)
        package static let skills = FieldID(17)
        package static let sessions = FieldID(18)
    }
    package enum Contact {
        package static let email = FieldID(1)
        package static let phone = FieldID(2)
    }
    package enum Device {
        package static let member = FieldID(1)
        package static let certificate = FieldID(2)
        package static let name = FieldID(3)
        package static let revocation = FieldID(4)
    }
    package enum Invitation {
        package static let role = FieldID(1)
        package static let email = FieldID(2)
        package static let name = FieldID(3)
        package static let expiresAt = FieldID(4)
        package static let member = FieldID(5)
        package static let revoked = FieldID(6)
        package static let redeemedBy = FieldID(7)
    }
    package enum Mentorship {
        package static let mentor = FieldID(1)
        package static let participant = FieldID(2)
        package static let stage = FieldID(3)
        package static let ended = FieldID(4)
    }
    package enum Task {
        package static let title = FieldID(1)
        package static let details = FieldID(2)
        package static let status = FieldID(3)
        package static let due = FieldID(4)
        package static let skill = FieldID(5)
        package static let review = FieldID(6)
        package static let note = FieldID(7)
    }
    package enum TaskFeedback {
        package static let task = FieldID(1)
        package static let comment = FieldID(2)
        package static let scores = FieldID(3)
    }
    package enum JournalEntry {
        package static let title = FieldID(1)
        package static let body = FieldID(2)
        package static let date = FieldID(3)
        package static let tags = FieldID(4)
        package static let writtenAt = FieldID(5)
        package static let importKey = FieldID(6)
    }
    package enum Slot {
        package static let start = FieldID(1)
        package static let minutes = FieldID(2)
        package static let capacity = FieldID(3)
        package static let instant = FieldID(4)
        package static let withdrawn = FieldID(5)
        package static let taken = FieldID(6)
        package static let series = FieldID(7)
        package static let rule = FieldID(8)
        package static let offer = FieldID(9)
        package static let bufferBefore = FieldID(10)
        package static let bufferAfter = FieldID(11)
        package static let notice = FieldID(12)
        package static let dayMax = FieldID(13)
        package static let day = FieldID(14)
        package static let decideAt = FieldID(15)
        package static let order = FieldID(16)
        package static let lendTo = FieldID(17)
        package static let holder = FieldID(18)
    }
    package enum Booking {
        package static let slot = FieldID(1)
        package static let alternates = FieldID(2)
        package static let topic = FieldID(3)
        package static let note = FieldID(4)
        package static let notes = FieldID(5)
        package static let waits = FieldID(6)
        package static let from = FieldID(7)
        package static let until = FieldID(8)
        package static let series = FieldID(9)
        package static let payment = FieldID(10)
        package static let amount = FieldID(11)
        package static let openRequest = FieldID(12)
    }
    package enum BookingAct {
        package static let booking = FieldID(1)
        package static let kind = FieldID(2)
        package static let text = FieldID(3)
        package static let slot = FieldID(4)
        package static let move = FieldID(5)
    }
    package enum BookingVerdict {
        package static let booking = FieldID(1)
        package static let act = FieldID(2)
        package static let state = FieldID(3)
        package static let slot = FieldID(4)
        package static let reason = FieldID(5)
        package static let alternatives = FieldID(6)
        package static let at = FieldID(7)
    }
    package enum Offer {
        package static let topic = FieldID(1)
        package static let minutes = FieldID(2)
        package static let price = FieldID(3)
        package static let place = FieldID(4)
        package static let details = FieldID(5)
    }
    package enum PersonalEvent {
        package static let title = FieldID(1)
        package static let start = FieldID(2)
        package static let end = FieldID(3)
        package static let place = FieldID(4)
        package static let details = FieldID(5)
        package static let isFree = FieldID(6)
        package static let importKey = FieldID(7)
        package static let importState = FieldID(8)
    }
    package enum Feedback {
        package static let booking = FieldID(1)
        package static let rating = FieldID(2)
        package static let comment = FieldID(3)
    }
    package enum CalendarAddress {
        package static let secretHash = FieldID(1)
        package static let name = FieldID(2)
        package static let revoked = FieldID(3)
    }
    package enum Settings {
        package static let reminders = FieldID(1)
        package static let quietFrom = FieldID(2)
        package static let quietUntil = FieldID(3)
        package static let mail = FieldID(4)
        package static let mailAt = FieldID(5)
    }
    package enum ReadMark {
        package static let notifications = FieldID(1)
    }
    package enum Topic {
        package static let name = FieldID(1)
    }
    package enum OpenRequest {
        package static let topic = FieldID(1)
        package static let from = FieldID(2)
        package static let until = FieldID(3)
        package static let note = FieldID(4)
        package static let cancelled = FieldID(5)
        package static let reason = FieldID(6)
    }
}
