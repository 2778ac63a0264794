import CLibuv
import Synchronization

/// The one thread-safe door into the loop. Open, it keeps the loop alive.
package final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var waiting: [Message] = []
        /// The address of the `uv_async_t`, as a number because it is only touched with the lock held; nil when closed.
        var wakeup: UInt?
    }

    private let state: Mutex<State>

    /// - Parameter onMessages: called on the loop's thread with everything waiting, in the order it was sent.
    package init(on loop: Loop, onMessages: @escaping ([Message]) -> Void) throws(UVFault) {
        let wakeup = try Wakeup(on: loop)
        let address = wakeup.address
        state = Mutex(State(wakeup: address))
        wakeup.onWake = { [self] in
            let messages = takeWaiting()
            if !messages.isEmpty { onMessages(messages) }
        }
    }

    /// Puts a message in; any thread. After `close()` it is dropped.
    ///
    /// Only the first message after an emptying wakes the loop: the handler takes all of them.
    package func send(_ message: Message) {
        state.withLock { state in
            guard let address = state.wakeup else { return }
            let isFirst = state.waiting.isEmpty
            state.waiting.append(message)
            if isFirst { Wakeup.wake(address) }
        }
    }

    /// Shuts the door, on the loop's thread. Messages that were not handed out yet are dropped. Idempotent.
    package func close() {
        let address = state.withLock { state in
            state.waiting = []
            return state.wakeup.take()
        }
        if let address { Wakeup.close(address) }
    }

    private func takeWaiting() -> [Message] {
        state.withLock { state in
            let messages = state.waiting
            state.waiting = []
            return messages
        }
    }
}

/// The loop's side of a mailbox.
@safe
private final class Wakeup: Handle {
    var onWake: (() -> Void)?
    private let raw: UnsafeMutablePointer<uv_async_t>

    init(on loop: Loop) throws(UVFault) {
        unsafe raw = try Handle.allocate(uv_async_t.self, "uv_async_init") { raw in
            unsafe uv_async_init(loop.raw, raw) {
                unsafe object(Wakeup.self, from: $0?.pointee.data).onWake?()
            }
        }
        unsafe super.init(on: loop, initialised: raw, owner: "Mailbox")
    }

    var address: UInt { unsafe UInt(bitPattern: raw) }

    /// Safe on any thread while the handle is open, which the mailbox's lock sees to: uv_async_send is the one
    /// function of libuv made for other threads, and `close` takes the address away under the same lock.
    static func wake(_ address: UInt) {
        unsafe uv_async_send(UnsafeMutablePointer(bitPattern: address))
    }

    /// Safe once, on the loop's thread: the handle is open, so its object is alive.
    static func close(_ address: UInt) {
        let raw = unsafe UnsafeMutablePointer<uv_async_t>(bitPattern: address)
        let wakeup = unsafe object(Wakeup.self, from: raw?.pointee.data)
        precondition(wakeup.loop.isOnItsThread, "Mailbox.close() on another thread than its loop's")
        wakeup.close()
    }

    override func dropHandlers() {
        onWake = nil
    }
}
