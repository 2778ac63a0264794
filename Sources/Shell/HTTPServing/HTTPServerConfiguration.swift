package import HTTPWire
import MonotonicTime

extension HTTPServer {
    /// The server's limits. Sizes are in bytes unless their name says otherwise.
    package struct Configuration: Sendable, Equatable {
        package var limits = HTTPLimits()
        /// Connections at once (a count). One more gets a 503.
        package var maximumConnections = 16_384
        /// Connections over the limit that are being told so at once (a count). One more is cut without a
        /// word.
        package var maximumRefusalsAtOnce = 64
        /// From the first byte of a request to the end of its head. Over it: 408.
        package var headTimeout = Duration.seconds(10)
        /// From the end of the head to the end of the body. Over it: 408.
        package var bodyTimeout = Duration.seconds(30)
        /// Between requests, and before the first one. Over it the connection is closed.
        package var idleTimeout = Duration.seconds(75)
        /// How long the client may read nothing while answers wait for it. Over it the connection is cut.
        package var writeStallTimeout = Duration.seconds(30)
        /// How long an answer may take. Over it the connection is cut: the answer would not come any more.
        package var answerTimeout = Duration.seconds(15 * 60)
        /// How long, after the last answer, the rest of what the client sends is read and thrown away, so
        /// that the answer is not lost by a reset.
        package var lingerTimeout = Duration.seconds(1)
        /// How much is thrown away so at most.
        package var lingerBytes = 256 * 1024
        /// Requests that wait behind the one being answered. Over it reading pauses.
        package var waitingBytes = 64 * 1024
        /// Answers collected before they are written, and before further requests of the client are looked
        /// at.
        package var outputBytes = 64 * 1024
        /// What may wait for the client of a stream when a further piece is sent. Over it the stream is cut.
        package var streamWaitingBytes = 256 * 1024
        /// Into how many kinds the handler sorts requests for `HTTPServer.answers` (a count), 256 at most.
        package var requestKinds = 1

        package init() {}

        /// How often deadlines are looked at: a quarter of the shortest, between 5 ms and 1 s.
        package var sweepInterval: Duration {
            let shortest = [
                headTimeout, bodyTimeout, idleTimeout, writeStallTimeout, answerTimeout, lingerTimeout,
            ].reduce(.seconds(4), min)
            return max(shortest / 4, .milliseconds(5))
        }
    }
}

/// The timeouts in nanoseconds: adding a `Duration` costs more than all else that a deadline needs.
struct Timeouts {
    let head: Int64
    let body: Int64
    let idle: Int64
    let writeStall: Int64
    let answer: Int64
    let linger: Int64

    init(_ configuration: HTTPServer.Configuration) {
        head = configuration.headTimeout.wholeNanoseconds
        body = configuration.bodyTimeout.wholeNanoseconds
        idle = configuration.idleTimeout.wholeNanoseconds
        writeStall = configuration.writeStallTimeout.wholeNanoseconds
        answer = configuration.answerTimeout.wholeNanoseconds
        linger = configuration.lingerTimeout.wholeNanoseconds
    }
}
