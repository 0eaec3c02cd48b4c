import Cryptography
import Model
import Synchronization
import Testing
import Wire

@testable import SyncServer

@Suite struct ListenerScheduleTests {
    private let device = DeviceID(rawValue: 4_321)

    private func position(_ number: UInt64) -> Position { Position(epoch: 1, number: number) }

    @Test func whatConcernsAMemberGoesOutAtOnce() {
        var schedule = ListenerSchedule(device: device, now: 0)
        #expect(schedule.next(now: 0) == nil)
        schedule.note(upTo: position(5), isCommon: false, now: 10)
        #expect(schedule.next(now: 10) == .news(position(5)))
        #expect(schedule.next(now: 10) == nil)
    }

    @Test func moreOfItComesTogetherAfterAPause() {
        var schedule = ListenerSchedule(device: device, now: 0)
        schedule.note(upTo: position(5), isCommon: false, now: 10)
        _ = schedule.next(now: 10)
        schedule.note(upTo: position(6), isCommon: false, now: 20)
        schedule.note(upTo: position(7), isCommon: false, now: 30)
        #expect(schedule.isWaiting)
        #expect(schedule.next(now: 509) == nil)
        #expect(schedule.next(now: 510) == .news(position(7)))
        #expect(!schedule.isWaiting)
    }

    @Test func whatAllReadComesToEachAtAnotherMoment() {
        var schedule = ListenerSchedule(device: device, now: 0)
        schedule.note(upTo: position(5), isCommon: true, now: 100)
        #expect(schedule.next(now: 4_420) == nil)
        // More of it does not put the moment off.
        schedule.note(upTo: position(6), isCommon: true, now: 4_000)
        #expect(schedule.next(now: 4_421) == .news(position(6)))
        // What concerns the member alone takes it along.
        schedule.note(upTo: position(7), isCommon: true, now: 20_000)
        schedule.note(upTo: position(8), isCommon: false, now: 20_100)
        #expect(schedule.next(now: 20_100) == .news(position(8)))
        #expect(schedule.next(now: 30_000) == nil)
    }

    @Test func silenceIsBroken() {
        var schedule = ListenerSchedule(device: device, now: 0)
        #expect(schedule.next(now: 24_999) == nil)
        #expect(schedule.next(now: 25_000) == .beat)
        schedule.note(upTo: position(1), isCommon: false, now: 40_000)
        #expect(schedule.next(now: 40_000) == .news(position(1)))
        #expect(schedule.next(now: 64_999) == nil)
        #expect(schedule.next(now: 65_000) == .beat)
    }
}

@Suite(.timeLimit(.minutes(15))) struct EventMailboxTests {
    private func position(_ number: UInt64) -> Position { Position(epoch: 1, number: number) }

    @Test func slowReaderFindsTheLatestNewsOnly() async {
        let mailbox = EventMailbox()
        for number in 1...1000 { mailbox.put(.news(position(UInt64(number)))) }
        mailbox.put(.beat)
        #expect(await mailbox.next() == .news(position(1000)))
        mailbox.put(.beat)
        #expect(await mailbox.next() == .beat)
        mailbox.end(.replaced)
        mailbox.end(.closed)
        #expect(await mailbox.next() == .ended(.replaced))
        #expect(await mailbox.next() == .ended(.replaced))
    }

    @Test func readerWaitsForWhatComes() async {
        let mailbox = EventMailbox()
        async let first = mailbox.next()
        mailbox.put(.news(position(3)))
        #expect(await first == .news(position(3)))
    }

    @Test func readerThatIsCancelledWaitsNoLonger() async {
        let mailbox = EventMailbox()
        await withTaskGroup(of: EventMailbox.Item.self) { group in
            group.addTask { await mailbox.next() }
            group.cancelAll()
            #expect(await group.next() == .ended(.closed))
        }
    }
}

@Suite(.timeLimit(.minutes(15))) struct ListenersTests {
    private func member(_ number: UInt64) -> MemberID {
        MemberID(RecordID(device: DeviceID(rawValue: 1), counter: number))
    }

    private func news(_ number: UInt64, _ members: MemberID..., isForAll: Bool = false) -> HubNews {
        HubNews(
            head: Position(epoch: 1, number: number), members: Set(members), isForAll: isForAll)
    }

    @Test func newsGoToWhomTheyConcern() async throws {
        let listeners = Listeners(listenersMax: 10)
        let one = try #require(listeners.enter(DeviceID(rawValue: 1), of: member(1), now: 0))
        let two = try #require(listeners.enter(DeviceID(rawValue: 2), of: member(2), now: 0))
        listeners.note(news(7, member(2), member(3)), now: 5)
        listeners.deliver(now: 5)
        #expect(listeners.newsCount == 1)
        #expect(await two.mailbox.next() == .news(Position(epoch: 1, number: 7)))
        one.mailbox.put(.beat)
        #expect(await one.mailbox.next() == .beat)
        listeners.note(news(8, isForAll: true), now: 6)
        listeners.deliver(now: 6 + ListenerSchedule.spreadMilliseconds)
        #expect(listeners.newsCount == 3)
        #expect(await one.mailbox.next() == .news(Position(epoch: 1, number: 8)))
    }

    @Test func newerStreamOfADeviceEndsTheOlder() async throws {
        let listeners = Listeners(listenersMax: 1)
        let device = DeviceID(rawValue: 1)
        let older = try #require(listeners.enter(device, of: member(1), now: 0))
        let newer = try #require(listeners.enter(device, of: member(1), now: 0))
        #expect(await older.mailbox.next() == .ended(.replaced))
        // The older one's end is not that of the newer.
        listeners.leave(older)
        #expect(listeners.count == 1)
        #expect(listeners.enter(DeviceID(rawValue: 2), of: member(2), now: 0) == nil)
        listeners.leave(newer)
        #expect(listeners.count == 0)
        #expect(listeners.enter(DeviceID(rawValue: 2), of: member(2), now: 0) != nil)
    }

    @Test func streamsEndWithTheirDevicesAndTheHub() async throws {
        let listeners = Listeners(listenersMax: 10)
        let one = try #require(listeners.enter(DeviceID(rawValue: 1), of: member(1), now: 0))
        let two = try #require(listeners.enter(DeviceID(rawValue: 2), of: member(2), now: 0))
        listeners.end([DeviceID(rawValue: 1), DeviceID(rawValue: 9)])
        #expect(await one.mailbox.next() == .ended(.closed))
        #expect(listeners.count == 1)
        listeners.close()
        #expect(await two.mailbox.next() == .ended(.closed))
        #expect(listeners.enter(DeviceID(rawValue: 3), of: member(3), now: 0) == nil)
    }
}

@Suite struct ChallengeBookTests {
    private let device = DeviceID(rawValue: 5)

    @Test func challengeCountsOnceForADevice() {
        let book = ChallengeBook(steadyMilliseconds: { 0 })
        let (one, two) = (book.issue(), book.issue())
        #expect(book.isOpen(one))
        #expect(book.use(two, by: device))
        #expect(!book.use(two, by: device))
        // Earlier ones have lost their worth with it.
        #expect(!book.use(one, by: device))
        #expect(book.use(one, by: DeviceID(rawValue: 6)))
        #expect(book.use(book.issue(), by: device))
    }

    @Test func challengeIsOpenForFiveMinutesOfTheHubThatMadeIt() {
        let clock = Clock()
        let book = ChallengeBook(steadyMilliseconds: { clock.now })
        let challenge = book.issue()
        clock.now += ChallengeBook.validMilliseconds
        #expect(book.isOpen(challenge))
        clock.now += 1
        #expect(!book.isOpen(challenge))
        #expect(!ChallengeBook(steadyMilliseconds: { 0 }).isOpen(challenge))
    }

    private final class Clock: Sendable {
        private let time = Mutex<UInt64>(50)
        var now: UInt64 {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }
}
