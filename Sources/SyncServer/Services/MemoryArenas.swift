import Foundation

/// What the C library keeps of memory that was given back.
///
/// By default it has an arena for each thread, up to eight for each processor, and what is free in
/// one is of no use in another: of the memory of a hub with 200 busy laptops a third was free. And
/// once it has handed out a large buffer it keeps room for others as large.
enum MemoryArenas {
    private typealias Mallopt = @convention(c) (Int32, Int32) -> Int32

    /// `M_TRIM_THRESHOLD` and `M_ARENA_MAX` of mallopt(3).
    private static let (trimThreshold, arenasMax): (Int32, Int32) = (-1, -8)
    private static let keptBytesMax: Int32 = 1_000_000

    /// Keeps one arena and little of what is free. To be called before there are threads; does
    /// nothing where the C library has no such settings.
    static func keepLittle() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: Mallopt.self)
        _ = mallopt(arenasMax, 1)
        _ = mallopt(trimThreshold, keptBytesMax)
    }
}
