import JSON
import Testing

@testable import fusebox

@Suite("An answer as text for people")
struct AnswerTextTests {
    @Test func `of a task that waits is what is known of it`() {
        let task: JSONValue = [
            "task_id": "t1", "bot_id": "b", "status": "queued", "attempts": 0, "outcome": .null,
            "output": .null,
        ]
        #expect(
            AnswerText.task(task) == """
                task id           t1
                bot id            b
                status            queued
                attempts          0
                """)
    }

    @Test func `of an ended task has its outcome, and its output indented`() {
        let task: JSONValue = [
            "task_id": "t1", "bot_id": "b", "status": "failed", "attempts": 1, "duration_seconds": 1,
            "outcome": ["class": "failed", "exit_code": 3, "signal": .null, "message": "it ended with 3"],
            "output": "one\n\ntwo\n", "error": "no line end",
        ]
        #expect(
            AnswerText.task(task) == """
                task id           t1
                bot id            b
                status            failed
                attempts          1
                duration seconds  1
                class             failed
                exit code         3
                message           it ended with 3
                output:
                  one
                \u{20}\u{20}
                  two
                error:
                  no line end
                """)
    }

    @Test func `of a task without output has no empty heading`() {
        #expect(
            AnswerText.task(["status": "succeeded", "output": "", "error": ""])
                == "status            succeeded")
    }

    @Test func `of a circuit has its totals in one line, and leaves out what is null`() {
        let circuit: JSONValue = [
            "bot_id": "b", "state": "Open", "retry_after": 30, "open_until": .null,
            "totals": ["admitted": 5, "rejected": .null],
        ]
        #expect(
            AnswerText.circuit(circuit) == """
                bot id            b
                state             Open
                retry after       30
                totals            admitted 5, rejected –
                """)
    }

    @Test func `of a bot has the state of its circuit`() {
        let bot: JSONValue = ["bot_id": "b", "queued": 2, "circuit": ["state": "Half-Open"]]
        #expect(
            AnswerText.bot(bot) == """
                bot id            b
                queued            2
                circuit           Half-Open
                """)
        #expect(AnswerText.bot(["bot_id": "b"]) == "bot id            b")
    }

    @Test func `of several bots is a line each, in columns`() {
        let bots: [JSONValue] = [
            ["bot_id": "a", "status": "idle", "queued": 0, "running": 1, "circuit": ["state": "Open"]],
            ["bot_id": "longer", "circuit": .null], [:],
        ]
        #expect(
            AnswerText.bots(bots) == """
                a       Open  idle  queued 0  running 1
                longer  ?\u{20}\u{20}
                ?       ?\u{20}\u{20}
                """)
        #expect(AnswerText.bots([]) == "")
    }

    @Test func `of a value is the string itself, and anything else as JSON`() {
        #expect(JSONValue.number(JSONNumber(1)).plainText == "1")
        #expect(JSONValue.null.plainText == nil)
        #expect(JSONValue.bool(true).plainText == "true")
        #expect(JSONValue.array(["x"]).plainText == "[\"x\"]")
    }
}
