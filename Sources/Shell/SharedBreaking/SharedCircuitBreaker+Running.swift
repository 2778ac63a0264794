public import CircuitBreaking

extension SharedCircuitBreaker {
    /// Runs a call if the circuit lets it through, and reports how it ended. The clock is read where it is
    /// needed: not at all while the circuit is healthy.
    ///
    ///     let answer = try breaker.run { try ask() }
    ///
    /// - Parameters:
    ///   - judge: what the call's end says about what is behind the circuit; without it a value is a success
    ///     and an error a failure. A call that throws `CancellationError`, or any error in a task that was
    ///     cancelled, is neutral and not judged.
    ///   - body: the call.
    /// - Returns: what the call returned.
    /// - Throws: `Rejection` when the circuit turns the call away, which then was not made; otherwise the
    ///   error of the call, as it was thrown.
    public func run<Value>(
        judging judge: (Result<Value, any Error>) -> CallOutcome = SharedCircuitBreaker.judgePlainly,
        _ body: () throws -> Value
    ) throws -> Value {
        switch acquire() {
        case .rejected(let rejection):
            throw rejection
        case .admitted(let permit):
            let result = Result(catching: body)
            report(Self.isCancelled(result) ? .cancelled : judge(result), permit)
            return try result.get()
        }
    }

    /// Runs a call if the circuit lets it through, and reports how it ended. It runs where the caller runs:
    /// on the caller's actor, in the caller's task.
    ///
    ///     let page = try await breaker.run { try await fetch(url) }
    ///
    /// - Parameters:
    ///   - isolation: the caller's actor; to be left out.
    ///   - judge: what the call's end says about what is behind the circuit; without it a value is a success
    ///     and an error a failure. A call that throws `CancellationError`, or any error in a task that was
    ///     cancelled, is neutral and not judged.
    ///   - body: the call. It has to end by itself, or when its task is cancelled: a breaker stops nothing.
    /// - Returns: what the call returned.
    /// - Throws: `Rejection` when the circuit turns the call away, which then was not made; otherwise the
    ///   error of the call, as it was thrown.
    public func run<Value>(
        isolation: isolated (any Actor)? = #isolation,
        judging judge: (Result<Value, any Error>) -> CallOutcome = SharedCircuitBreaker.judgePlainly,
        _ body: () async throws -> Value
    ) async throws -> Value {
        switch acquire() {
        case .rejected(let rejection):
            throw rejection
        case .admitted(let permit):
            let result: Result<Value, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            report(Self.isCancelled(result) ? .cancelled : judge(result), permit)
            return try result.get()
        }
    }

    /// A value is a success, an error is a failure.
    ///
    /// - Parameter result: how a call ended.
    /// - Returns: `success` or `failure`.
    public static func judgePlainly<Value>(_ result: Result<Value, any Error>) -> CallOutcome {
        switch result {
        case .success: .success
        case .failure: .failure
        }
    }

    private static func isCancelled<Value>(_ result: Result<Value, any Error>) -> Bool {
        guard case .failure(let error) = result else { return false }
        return error is CancellationError || Task.isCancelled
    }
}
