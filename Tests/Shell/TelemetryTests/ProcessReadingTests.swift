import CLinux
import Testing

@testable import Telemetry

@Suite("What the process uses", .serialized)
struct ProcessReadingTests {
    @Test("is all there on Linux, and makes sense")
    func everything() throws {
        let reading = ProcessReading.now()
        let resident = try #require(reading.residentBytes)
        #expect(resident > 1 << 20 && resident < 1 << 40)
        #expect(try #require(reading.virtualBytes) >= resident)
        #expect(try #require(reading.openDescriptors) >= 3)
        #expect(try #require(reading.maximumDescriptors) >= #require(reading.openDescriptors))
        #expect(try #require(reading.cpuSeconds) > 0)
    }

    @Test("rises with what is used: memory, and processor time")
    func rises() throws {
        let before = ProcessReading.now()
        var block = [UInt8](repeating: 1, count: 64 << 20)
        for index in stride(from: 0, to: block.count, by: 4096) {
            block[index] &+= UInt8(truncatingIfNeeded: index)
        }
        let after = ProcessReading.now()
        #expect(block.count == 64 << 20)
        #expect(try #require(after.residentBytes) > #require(before.residentBytes) + (32 << 20))
        #expect(try #require(after.cpuSeconds) > #require(before.cpuSeconds))
    }

    @Test("counts descriptors the same way as their folder does")
    func descriptors() throws {
        // Other tests of the process open and close some meanwhile, so a hundred of its own stand out.
        let before = try #require(countedDescriptors())
        let opened = (0..<100).map { _ in dup(0) }
        defer { for descriptor in opened { close(descriptor) } }
        let counted = try #require(countedDescriptors())
        let told = try #require(ProcessReading.now().openDescriptors)
        #expect(abs(Int(counted) - Int(before) - 100) < 50)
        #expect(abs(Int(told) - Int(counted)) < 50)
    }

    @Test("says when the process started: not long ago, and always the same")
    func startTime() throws {
        let start = try #require(ProcessReading.startTime())
        var now = timespec()
        // Safe: the call fills in the variable.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        #expect(start <= Double(now.tv_sec) + 1 && start > Double(now.tv_sec) - 86_400)
        #expect(try abs(#require(ProcessReading.startTime()) - start) < 0.05)
    }
}
