import CircuitBreaking
import HTTPServing
import HTTPWire
import Metrics
import TaskEngine
import TaskStores
import Tasks
import Telemetry

/// The page that Prometheus reads. Between two scrapes only numbers in arrays are counted up; the text is
/// made here, when it is asked for. Nothing here waits: the figures of the store came with its answers, and
/// /proc is memory.
extension FuseboxService {
    func showMetrics(_ responder: HTTPResponder) {
        var text = PrometheusText(reserving: 16_384)
        text.write(.buildInfo) { $0.add([MetricLabel("version", FuseboxVersion.text)], 1) }
        let bots = engine.measurements(at: now)
        text.writeTasks(counts, bots)
        text.writeCircuits(counts, bots)
        text.write(store.figures)
        if let server { text.write(server) }
        text.write(log.health)
        text.write(.eventStreams, UInt64(feed.followerCount))
        text.write(.outputStreams, UInt64(outputs.followerCount))
        text.write(.eventStreamsRefused, feed.refused + outputs.refused)
        text.write(.eventStreamsCut, UInt64(server?.counters.streamsCut ?? 0))
        text.write(.eventsDropped, feed.dropped)
        text.write(ProcessReading.now(), startedAt: processStart)
        responder.respond(HTTPResponse(.ok, contentType: PrometheusText.contentType, body: text.bytes))
    }
}

extension PrometheusText {
    fileprivate mutating func writeTasks(_ counts: ServiceCounts, _ bots: [BotMeasurement]) {
        let labels = counts.bots.map { MetricLabel("bot", $0.text) }
        write(.tasksAccepted) { samples in
            for (row, bot) in labels.enumerated() { samples.add([bot], counts.accepted[row, 0]) }
        }
        write(.tasksRejected) { samples in
            for (row, bot) in labels.enumerated() {
                for reason in RefusalReason.allCases {
                    let count = counts.rejected[row, Int(reason.rawValue)]
                    samples.add([bot, MetricLabel("reason", reason.label)], count)
                }
            }
        }
        write(.tasksEnded) { samples in
            for (row, bot) in labels.enumerated() {
                for outcome in OutcomeClass.allCases {
                    let count = counts.ended[row, outcome.column]
                    samples.add([bot, MetricLabel("class", outcome.rawValue)], count)
                }
            }
        }
        write(.attemptsRetried) { samples in
            for (row, bot) in labels.enumerated() {
                for outcome in OutcomeClass.allCases {
                    let count = counts.retried[row, outcome.column]
                    samples.add([bot, MetricLabel("class", outcome.rawValue)], count)
                }
            }
        }
        write(.tasksQueued) { for bot in bots { $0.add([bot.label], UInt64(bot.queued)) } }
        write(.tasksRunning) { for bot in bots { $0.add([bot.label], UInt64(bot.running)) } }
    }

    fileprivate mutating func writeCircuits(_ counts: ServiceCounts, _ bots: [BotMeasurement]) {
        write(.circuitState) { samples in
            for bot in bots {
                for state in CircuitState.allCases {
                    samples.add([bot.label, MetricLabel("state", state.label)], bot.state == state ? 1 : 0)
                }
            }
        }
        write(.circuitTransitions) { samples in
            for (row, bot) in counts.bots.enumerated() {
                for from in CircuitState.allCases {
                    for to in CircuitState.allCases where to != from {
                        samples.add(
                            [
                                MetricLabel("bot", bot.text), MetricLabel("from", from.label),
                                MetricLabel("to", to.label),
                            ], counts.transitions(ofRow: row, from: from, to: to))
                    }
                }
            }
        }
        write(.circuitOpenUntil) { samples in
            for bot in bots {
                guard let end = bot.openUntil else { continue }
                samples.add([bot.label], .real(Double(end.milliseconds) / 1000))
            }
        }
        write(.circuitLateResults) { for bot in bots { $0.add([bot.label], bot.lateResults) } }
    }

    fileprivate mutating func write(_ figures: StoreFigures) {
        write(.storeSync, figures.syncSeconds)
        write(.storeCommit, figures.commitSeconds)
        write(.storeTransaction, figures.transactionSeconds)
        write(.storeBatchWrites, figures.transactionWrites)
        write(.storeFailures, figures.failures)
        write(.storeCheckpoint, figures.checkpointSeconds)
        write(.tasksRemoved, figures.removedTasks)
    }

    /// Only routes and codes that were seen: most pairs never are.
    fileprivate mutating func write(_ server: HTTPServer) {
        let answers = server.answers
        write(.httpRequests) { samples in
            for kind in RouteKind.allCases {
                for code in AnswerCounts.codes + [nil] {
                    let count = answers.answered(kind: kind.rawValue, code: code)
                    guard count > 0 else { continue }
                    let label = MetricLabel("code", code.map(String.init) ?? "other")
                    samples.add([MetricLabel("route", kind.template), label], count)
                }
            }
        }
        write(.httpConnections, UInt64(server.connectionsOpen))
        write(.httpConnectionsAccepted, UInt64(server.counters.connectionsAccepted))
        write(.httpConnectionsRefused, UInt64(server.counters.connectionsRefused))
        write(.httpConnectionsTimedOut, UInt64(server.counters.connectionsTimedOut))
    }

    fileprivate mutating func write(_ health: EventLogHealth) {
        write(.eventLogLines, UInt64(health.writtenLines))
        write(.eventLogDropped, UInt64(health.droppedLines))
        write(.eventLogFailures, UInt64(health.failures))
        write(.eventLogWaiting, UInt64(max(0, health.waitingBytes)))
    }

    /// What the system does not tell is left out, rather than said to be zero.
    fileprivate mutating func write(_ process: ProcessReading, startedAt start: Double?) {
        if let seconds = process.cpuSeconds { write(.processCPU, .real(seconds)) }
        if let bytes = process.residentBytes { write(.processResident, bytes) }
        if let bytes = process.virtualBytes { write(.processVirtual, bytes) }
        if let count = process.openDescriptors { write(.processOpenDescriptors, count) }
        if let count = process.maximumDescriptors { write(.processMaximumDescriptors, count) }
        if let start { write(.processStart, .real(start)) }
    }
}

extension BotMeasurement {
    fileprivate var label: MetricLabel { MetricLabel("bot", id.text) }
}
