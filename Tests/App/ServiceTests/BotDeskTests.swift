import Bots
import CircuitBreaking
import HTTPWire
import Tasks
import Testing

@testable import Service

@Suite("Refusals that are written once")
struct BotDeskTests {
    private let desk: BotDesk

    init() throws {
        let id = try #require(BotID("A"))
        desk = BotDesk(BotConfiguration(id: id, process: ProcessBotSettings(command: ["wc"])))
    }

    @Test("Every answer is the one that would be written anew, in whatever order they come")
    func sameAsAnew() {
        let refusals: [Refusal] = [
            .circuit(.open, retryAfter: .milliseconds(2900)),
            .circuit(.open, retryAfter: .milliseconds(2100)),
            .circuit(.open, retryAfter: .milliseconds(2000)), .circuit(.open, retryAfter: .zero),
            .circuit(.halfOpen, retryAfter: .seconds(2)), .circuit(.open, retryAfter: nil), .draining,
            .queueFull(limit: 3, retryAfter: .seconds(1)), .queueFull(limit: 4, retryAfter: .seconds(1)),
        ]
        for first in refusals {
            for second in refusals {
                _ = desk.answer(to: first)
                #expect(desk.answer(to: second) == Problem(second, bot: desk.bot).response)
            }
        }
    }

    @Test("The bot's argument for a command is looked for again when its program changes")
    func argumentFollowsProgram() throws {
        var bot = desk.configuration
        #expect(bot.commandArgument == nil)
        bot.process.command = ["tool", "{command}"]
        #expect(bot.commandArgument?.couldBeOption == true)
        bot.process.command = ["tool", "--", "{command}"]
        #expect(bot.commandArgument?.couldBeOption == false)
        bot.process.command = ["tool", "--text={command}"]
        #expect(bot.commandArgument?.couldBeOption == false)
    }
}
