import Bots

/// What the arguments of a bot's program, in which a task's command stands, ask of the command.
struct CommandArgument: Equatable, Sendable {
    /// A command that starts with `-` would start an argument, and nothing before that ends the options.
    let couldBeOption: Bool
    /// The most bytes a command may have, so that no argument becomes too long once it is filled.
    let longestCommand: Int

    /// The kernel's limit for one argument, the NUL behind it included (MAX_ARG_STRLEN: 32 pages).
    static let argumentBytes = 128 * 1024

    /// - Returns: nil when the command goes into none of the arguments.
    init?(in arguments: [String]) {
        let templates = arguments.map(ArgumentTemplate.init)
        let filled = templates.filter { $0.places > 0 }
        guard !filled.isEmpty else { return nil }
        let free = templates.prefix { $0.pieces != ["--"] }
        couldBeOption = free.contains(where: \.startsWithPlace)
        longestCommand = filled.reduce(Self.argumentBytes) { longest, template in
            min(longest, max(0, Self.argumentBytes - 1 - template.ownBytes) / template.places)
        }
    }
}
