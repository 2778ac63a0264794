import Service
import Tasks
import Testing

@Suite("How long tasks are kept, as it is configured") struct RetentionConfigurationTests {
    private func read(_ text: String) throws -> RetentionPolicy {
        try Configuration.parse(text + "\n[bots.A]\ncommand = [\"cat\"]").retention
    }

    @Test("is generous unless something else is said, each value by itself")
    func values() throws {
        #expect(try read("") == RetentionPolicy(age: .seconds(30 * 86_400), tasks: 1_000_000))
        #expect(try read("[retention]") == .standard)
        #expect(try read("[retention]\nage = \"1s\"") == RetentionPolicy(age: .seconds(1)))
        #expect(try read("retention = { tasks = 1 }") == RetentionPolicy(tasks: 1))
        #expect(try read("").events == 100_000)
        #expect(try read("[retention]\nevents = 20").events == 20)
    }

    @Test(
        "is refused when it makes no sense, with the path of the key",
        arguments: [
            ("retention = 5", "retention: expected a table"),
            ("[retention]\nage = \"500ms\"", "retention.age: must be from 1s to 10000h"),
            ("[retention]\nage = \"30d\"", "retention.age: expected a duration"),
            ("[retention]\ntasks = 0", "retention.tasks: must be from 1 to 1000000000"),
            ("[retention]\nevents = 0", "retention.events: must be from 1 to 100000000"),
            ("[retention]\ntask = 5", "retention.task: unknown key; did you mean tasks?"),
        ])
    func refusals(text: String, complaint: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(error?.problems.count == 1)
        #expect(error?.problems.first?.hasPrefix(complaint) == true, "\(error?.problems ?? [])")
    }
}
