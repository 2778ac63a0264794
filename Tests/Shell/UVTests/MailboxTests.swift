import Testing
import UV

@Suite("Mailbox")
struct MailboxTests {
    @Test("hands out everything waiting, in the order it was sent, in one go")
    func oneBatch() throws {
        let loop = try Loop()
        var batches: [[Int]] = []
        var door: Mailbox<Int>?
        let mailbox = try Mailbox<Int>(on: loop) { messages in
            batches.append(messages)
            door?.close()
        }
        door = mailbox
        for number in 0..<1000 { mailbox.send(number) }
        loop.run()
        #expect(batches == [Array(0..<1000)])
        door = nil
        loop.close()
    }

    @Test("takes from many threads without losing one, each in its own order")
    func manyThreads() throws {
        struct Message: Sendable {
            let thread: Int
            let number: Int
        }
        let loop = try Loop()
        let threads = 8
        let each = 5000
        var seen = [Int](repeating: 0, count: threads)
        var total = 0
        var door: Mailbox<Message>?
        let mailbox = try Mailbox<Message>(on: loop) { messages in
            for message in messages {
                #expect(message.number == seen[message.thread])
                seen[message.thread] += 1
            }
            total += messages.count
            if total == threads * each { door?.close() }
        }
        door = mailbox
        let senders = try (0..<threads).map { thread in
            let sender = try BatchThread<Int>(name: "sender-\(thread)") { _ in
                for number in 0..<each { mailbox.send(Message(thread: thread, number: number)) }
                return nil
            }
            sender.submit(0)
            return sender
        }
        loop.run()
        for sender in senders { sender.finish() }
        #expect(total == threads * each)
        #expect(seen == [Int](repeating: each, count: threads))
        door = nil
        loop.close()
    }

    @Test("keeps the loop alive while it is open, and messages sent by a handler come on a later turn")
    func sendFromHandler() throws {
        let loop = try Loop()
        var door: Mailbox<Int>?
        var batches: [[Int]] = []
        let mailbox = try Mailbox<Int>(on: loop) { messages in
            batches.append(messages)
            if batches.count == 3 { door?.close() } else { door?.send(batches.count) }
        }
        door = mailbox
        mailbox.send(0)
        loop.run()
        #expect(batches == [[0], [1], [2]])
        door = nil
        loop.close()
    }

    @Test("after close messages are dropped, those waiting too, from any thread")
    func closed() throws {
        let loop = try Loop()
        let mailbox = try Mailbox<Int>(on: loop) { messages in Issue.record("got \(messages)") }
        mailbox.send(1)
        mailbox.close()
        mailbox.close()
        mailbox.send(2)
        let sender = try BatchThread<Int>(name: "late sender") { _ in
            mailbox.send(3)
            return nil
        }
        sender.submit(0)
        sender.finish()
        loop.run()
        loop.close()
    }

    @Test("closing it on another thread stops the program")
    func closeOnOtherThread() async {
        await #expect(processExitsWith: .failure) {
            let loop = try Loop()
            let mailbox = try Mailbox<Int>(on: loop) { _ in }
            let thread = try BatchThread<Int>(name: "other") { _ in
                mailbox.close()
                return nil
            }
            thread.submit(1)
            thread.finish()
        }
    }
}
