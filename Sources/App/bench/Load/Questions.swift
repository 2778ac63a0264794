extension Load.Question {
    static func get(_ path: String) -> Load.Question {
        Load.Question(
            request: Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8), reply: .http(status: 200))
    }

    static func post(_ path: String, _ body: String, status: Int) -> Load.Question {
        let head = """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r

            """
        return Load.Question(request: Array((head + body).utf8), reply: .http(status: status))
    }

    /// A task for a bot, with a command of 200 bytes.
    static func task(for bot: String, status: Int) -> Load.Question {
        post("/api/bot/\(bot)/task", "{\"command\":\"\(command)\"}", status: status)
    }

    /// The same command as a job of beanstalkd's.
    static var beanstalkJob: Load.Question {
        let job = "put 0 0 60 \(command.utf8.count)\r\n\(command)\r\n"
        return Load.Question(request: Array(job.utf8), reply: .line("INSERTED "))
    }

    private static let command = String(repeating: "run the next step ", count: 12).prefix(200)
}
