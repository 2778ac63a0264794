import CircuitBreaking
import Foundation
import MonotonicTime
import Testing

@Suite("A policy")
struct CircuitPolicyTests {
    @Test func `has the standard values unless told otherwise`() throws {
        let policy = try CircuitPolicy()
        #expect(policy == .standard)
        #expect(policy.failureThreshold == 5)
        #expect(policy.recoveryTimeout == .seconds(30))
        #expect(policy.successThreshold == 2)
        #expect(policy.halfOpenMaxConcurrent == 1)
    }

    @Test(arguments: [0, -1, 1_000_001, .min, .max])
    func `refuses a failure threshold out of range`(value: Int) {
        let error = #expect(throws: CircuitPolicyError.self) { try CircuitPolicy(failureThreshold: value) }
        #expect(error?.field == "failure_threshold")
        #expect(error?.message == "must be 1 to 1000000, and is \(value)")
        #expect(error?.description == "failure_threshold must be 1 to 1000000, and is \(value)")
    }

    @Test(arguments: [0, -1, 1001, .min, .max])
    func `refuses a success threshold out of range`(value: Int) {
        let error = #expect(throws: CircuitPolicyError.self) { try CircuitPolicy(successThreshold: value) }
        #expect(error?.field == "success_threshold")
    }

    @Test(arguments: [0, -1, 1001, .min, .max])
    func `refuses a number of concurrent probes out of range`(value: Int) {
        let error = #expect(throws: CircuitPolicyError.self) {
            try CircuitPolicy(halfOpenMaxConcurrent: value)
        }
        #expect(error?.field == "half_open_max_concurrent")
    }

    @Test(arguments: [
        Duration.zero, .seconds(-1), Duration(secondsComponent: 0, attosecondsComponent: 999_999_999),
    ])
    func `refuses a recovery timeout that is zero, negative or less than a nanosecond`(timeout: Duration) {
        let error = #expect(throws: CircuitPolicyError.self) { try CircuitPolicy(recoveryTimeout: timeout) }
        #expect(error?.field == "recovery_timeout")
        #expect(error?.message.contains("longer than zero") == true)
    }

    @Test(arguments: [
        Duration.seconds(365 * 86_400) + .nanoseconds(1), .seconds(Int64.max), .seconds(Int64.max) * 10,
    ])
    func `refuses a recovery timeout beyond a year and says the limit`(timeout: Duration) {
        let error = #expect(throws: CircuitPolicyError.self) { try CircuitPolicy(recoveryTimeout: timeout) }
        #expect(error?.field == "recovery_timeout")
        #expect(error?.message.contains("365 days") == true)
    }

    @Test func `takes both ends of every range`() throws {
        let least = try CircuitPolicy(
            failureThreshold: 1, recoveryTimeout: .nanoseconds(1), successThreshold: 1,
            halfOpenMaxConcurrent: 1)
        let most = try CircuitPolicy(
            failureThreshold: 1_000_000, recoveryTimeout: .seconds(365 * 86_400), successThreshold: 1000,
            halfOpenMaxConcurrent: 1000)
        #expect(least.recoveryTimeout == .nanoseconds(1))
        #expect(most.recoveryTimeout == .seconds(31_536_000))
    }

    @Test func `keeps whole nanoseconds of the recovery timeout`() throws {
        let timeout = Duration(secondsComponent: 1, attosecondsComponent: 1_999_999_999)
        #expect(try CircuitPolicy(recoveryTimeout: timeout).recoveryTimeout == .nanoseconds(1_000_000_001))
    }

    @Test func `comes back from its encoded form`() throws {
        let policy = try CircuitPolicy(
            failureThreshold: 7, recoveryTimeout: .nanoseconds(1_500_000_001), successThreshold: 3,
            halfOpenMaxConcurrent: 2)
        let encoded = try JSONEncoder().encode(policy)
        #expect(try JSONDecoder().decode(CircuitPolicy.self, from: encoded) == policy)
        let text = String(decoding: encoded, as: UTF8.self)
        #expect(text.contains(#""recovery_timeout_nanoseconds":1500000001"#))
        #expect(text.contains(#""failure_threshold":7"#))
    }

    @Test func `cannot be decoded with a field out of range`() throws {
        let text = """
            {"failure_threshold": 5, "recovery_timeout_nanoseconds": 1, "success_threshold": 0,
             "half_open_max_concurrent": 1}
            """
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(CircuitPolicy.self, from: Data(text.utf8))
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("not dataCorrupted: \(String(describing: error))")
            return
        }
        #expect((context.underlyingError as? CircuitPolicyError)?.field == "success_threshold")
    }
}
