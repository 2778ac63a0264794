extension Load.Question {
    static func get(_ path: String) -> Load.Question {
        Load.Question(
            request: Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8), reply: .http(status: 200))
    }

    static func post(
        _ path: String, _ body: String, headers: [String] = [], status: Int
    ) -> Load.Question {
        let lines = [
            "POST \(path) HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
            "Content-Length: \(body.utf8.count)",
        ]
        let head = (lines + headers + ["", ""]).joined(separator: "\r\n")
        return Load.Question(request: Array((head + body).utf8), reply: .http(status: status))
    }

    /// A task for a bot, with a command of 200 bytes.
    static func task(for bot: String, headers: [String] = [], status: Int) -> Load.Question {
        post("/api/bot/\(bot)/task", "{\"command\":\"\(command)\"}", headers: headers, status: status)
    }

    /// A task whose end the answer waits for.
    static func endedTask(for bot: String, headers: [String] = []) -> Load.Question {
        post("/api/bot/\(bot)/task?wait=60s", "{\"command\":\"\(command)\"}", headers: headers, status: 200)
    }

    /// The same question with an Idempotency-Key, another one each time.
    static func keyed(_ make: (_ headers: [String]) -> Load.Question) -> Load.Question {
        let digits = String(repeating: "0", count: 20)
        var question = make(["Idempotency-Key: \(digits)"])
        question.numberedAt = question.request.firstRange(of: Array(digits.utf8))
        return question
    }

    /// The same command as a job of beanstalkd's.
    static var beanstalkJob: Load.Question {
        let job = "put 0 0 60 \(command.utf8.count)\r\n\(command)\r\n"
        return Load.Question(request: Array(job.utf8), reply: .line("INSERTED "))
    }

    /// The same command at the end of a list of Redis'.
    static var redisPush: Load.Question {
        let words = ["RPUSH", "queued", String(command)]
        let text = words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        return Load.Question(request: Array("*3\r\n\(text)".utf8), reply: .line(":"))
    }

    private static let command = String(repeating: "run the next step ", count: 12).prefix(200)
}
