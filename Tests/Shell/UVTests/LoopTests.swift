import MonotonicTime
import Testing
import UV

@Suite("Loop")
struct LoopTests {
    @Test("a loop with nothing to do returns at once, and closes")
    func empty() throws {
        let loop = try Loop()
        loop.run()
        loop.close()
        loop.close()
    }

    @Test("later runs on the next turn, in order, and keeps the loop alive for it")
    func later() throws {
        var log: [String] = []
        try onLoop { loop, done in
            loop.later {
                log.append("first")
                loop.later {
                    log.append("third")
                    done()
                }
            }
            loop.later { log.append("second") }
            log.append("before")
        }
        #expect(log == ["before", "first", "second", "third"])
    }

    @Test("beforePolling runs once per turn, after what the turn did")
    func beforePolling() throws {
        var log: [String] = []
        try onLoop { loop, done in
            loop.beforePolling = { log.append("polling") }
            loop.later {
                log.append("one")
                loop.later {
                    log.append("two")
                    loop.beforePolling = nil
                    done()
                }
            }
        }
        #expect(log == ["one", "polling", "two"])
    }

    @Test("stop ends run although something is still active, and run can be called again")
    func stop() throws {
        let loop = try Loop()
        var fired = 0
        let timer = Timer(on: loop) { fired += 1 }
        timer.arm(at: loop.now.advanced(by: .seconds(3600)))
        loop.later { loop.stop() }
        loop.run()
        #expect(fired == 0)
        timer.arm(at: loop.now)
        loop.run()
        #expect(fired == 1)
        timer.close()
        loop.close()
    }

    @Test("now does not go back and is the clock of the timers")
    func now() throws {
        let loop = try Loop()
        var last = loop.now
        for _ in 0..<1000 {
            let next = loop.now
            #expect(next >= last)
            last = next
        }
        loop.close()
    }

    @Test("closing a loop with an open handle stops the program")
    func openHandleTraps() async {
        await #expect(processExitsWith: .failure) {
            let loop = try Loop()
            let timer = Timer(on: loop) {}
            withExtendedLifetime(timer) { loop.close() }
        }
    }

    @Test("and says which types are open", arguments: ["Timer", "FilePoll of TCPListener", "Mailbox"])
    func openHandleIsNamed(expected: String) async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let loop = try Loop()
            let timer = Timer(on: loop) {}
            let mailbox = try Mailbox<Int>(on: loop) { _ in }
            let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let listener = try TCPListener(on: loop, address: address) { _ in }
            withExtendedLifetime((timer, mailbox, listener)) { loop.close() }
        }
        let message = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(message.contains("Loop.close() with open handles"))
        #expect(message.contains(expected))
    }

    @Test("a closed handle is freed once libuv has let it go, and its closures with it")
    func handleLifetime() throws {
        final class Witness {}
        weak var timerSeen: Timer?
        weak var witnessSeen: Witness?
        try onLoop { loop, done in
            let witness = Witness()
            let timer = Timer(on: loop) { withExtendedLifetime(witness) {} }
            (timerSeen, witnessSeen) = (timer, witness)
            timer.close()
            timer.close()
            done()
        }
        #expect(timerSeen == nil)
        #expect(witnessSeen == nil)
    }

    @Test("an open handle lives although nobody holds it")
    func libuvHoldsOpenHandles() throws {
        weak var seen: Timer?
        try onLoop { loop, done in
            func makeTimer() {
                let timer = Timer(on: loop) {
                    #expect(seen != nil)
                    seen?.close()
                    done()
                }
                seen = timer
                timer.arm(at: loop.now)
            }
            makeTimer()
            #expect(seen != nil)
        }
        #expect(seen == nil)
    }
}
