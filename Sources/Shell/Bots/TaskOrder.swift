package import Tasks

/// One attempt of a task, as a bot needs to know it.
package struct TaskOrder: Sendable {
    package var taskID: TaskID
    package var botID: BotID
    /// 1 for the first attempt.
    package var attempt: Int
    package var command: String?
    /// One JSON value, as text.
    package var input: String?
    package var createdAt: WallTime
    /// How long the attempt may take, from its start.
    package var timeout: Duration
    /// The same as a time of day, for the program to know.
    package var deadline: WallTime

    package init(
        taskID: TaskID, botID: BotID, attempt: Int, command: String?, input: String?, createdAt: WallTime,
        timeout: Duration, deadline: WallTime
    ) {
        self.taskID = taskID
        self.botID = botID
        self.attempt = attempt
        self.command = command
        self.input = input
        self.createdAt = createdAt
        self.timeout = timeout
        self.deadline = deadline
    }
}
