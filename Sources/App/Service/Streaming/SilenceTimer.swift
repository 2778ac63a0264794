import HTTPServing
import HTTPWire
import MonotonicTime
import UV

/// Rings from time to time as long as somebody follows, so that no connection looks dead.
final class SilenceTimer {
    /// What says nothing.
    static let comment: HTTPPiece = {
        var bytes: [UInt8] = []
        bytes.appendEventStreamComment()
        return HTTPPiece(bytes)
    }()

    private let loop: Loop
    private var timer: Timer?

    init(on loop: Loop) {
        self.loop = loop
    }

    /// - Parameter onRing: says whether it is to ring again.
    func start(_ onRing: @escaping () -> Bool) {
        guard timer == nil else { return }
        timer = Timer(on: loop) { [unowned self] in if onRing() { arm() } else { close() } }
        arm()
    }

    private func arm() {
        timer?.arm(at: loop.now.advanced(by: StreamLimits.silence))
    }

    func close() {
        timer?.close()
        timer = nil
    }
}

@available(*, unavailable)
extension SilenceTimer: Sendable {}

extension HTTPResponse {
    /// The answer to whoever wants to follow.
    static var eventStream: HTTPResponse {
        HTTPResponse(
            .ok, contentType: ServerSentEvent.contentType,
            headers: [
                HTTPField("Cache-Control", "no-store"),
                // Of proxies that would gather what is sent: nginx.
                HTTPField("X-Accel-Buffering", "no"),
            ])
    }
}
