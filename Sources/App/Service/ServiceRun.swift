import Bots
import CLinux
import HTTPServing
import HTTPWire
import MonotonicTime
import TaskEngine
import TaskStores
import Tasks
import Telemetry
import UV

/// A run of the service from start to end.
package enum ServiceRun {
    /// Runs until it is stopped by SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - announce: gets the lines for standard output: the address, once tasks can come in.
    ///   - complain: gets the lines for standard error.
    /// - Returns: 0 after a clean stop; 1 when not everything could be saved in the end; 2 when it could not
    ///   start; the reason is told in one sentence.
    package static func serve(
        _ configuration: Configuration, announce: @escaping (String) -> Void,
        complain: @escaping (String) -> Void
    ) -> Int32 {
        do {
            let descriptors = try DescriptorLimit.raise()
            let loop = try Loop()
            defer { loop.close() }
            let reaper = try OrphanReaper(on: loop)
            defer { reaper.close() }
            let attempts = configuration.bots.reduce(0) { $0 + $1.concurrency }
            let budget = DescriptorBudget(limit: descriptors, attempts: attempts)
            return try run(configuration, budget, on: loop, announce: announce, complain: complain)
        } catch {
            complain("fusebox: \(error)")
            return RunEnd.cannotStartCode
        }
    }

    /// Everything that can be refused is opened first, and what leaves traces last: an address that is taken
    /// leaves none.
    private static func run(
        _ configuration: Configuration, _ budget: DescriptorBudget, on loop: Loop,
        announce: @escaping (String) -> Void, complain: @escaping (String) -> Void
    ) throws -> Int32 {
        let door = Door()
        let server = try listen(at: configuration.listen.socketAddress, on: loop, budget, door)
        var opened: SQLiteTaskStore?
        var openedLog: EventLog?
        var notes: ServiceNotes?
        do {
            let (store, found) = try SQLiteTaskStore.open(
                directory: configuration.dataDirectory, loop: loop,
                settings: configuration.storeSettings
            ) { door.service?.post(.stored($0)) }
            opened = store
            // Nobody else owns the directory now, and nothing of ours runs yet.
            notes = Leftovers.settle(in: configuration.dataDirectory, complain)
            let log = try EventLog.open(configuration.eventLogPath, onLoop: loop) { health in
                if let problem = health.problem { complain("fusebox: event log: \(problem)") }
            }
            openedLog = log
            if log.cutBytes > 0 {
                complain("fusebox: event log: \(log.cutBytes) bytes of a line that was cut short are removed")
            }
            log.append(try store.transitions(after: log.lastSequence ?? 0))
            // A log beside a fresh or older data directory is ahead of it, and takes no number twice.
            var stored = consume found
            stored.reservedSequence = max(stored.reservedSequence, log.lastSequence ?? 0)
            let service = FuseboxService(
                configuration, on: loop, store: store, log: log, notes: notes, stored: stored)
            reportOrphans(stored, service, complain)
            // What was read of a million waiting tasks is 100 MB, and the engine has its own form of it.
            let interrupted = (consume stored).interrupted
            return live(service, door, server, interrupted, announce: announce, complain: complain)
        } catch {
            server.close()
            openedLog?.close()
            notes?.close()
            opened?.close()
            loop.run()
            throw error
        }
    }

    private static func listen(
        at address: SocketAddress, on loop: Loop, _ budget: DescriptorBudget, _ door: Door
    ) throws(ListenFault) -> HTTPServer {
        do {
            return try HTTPServer(
                on: loop, address: address, configuration: .serving(budget),
                refusal: { Problem(refusedWith: $0, $1).response },
                handler: { door.service?.handle(&$0, $1) })
        } catch {
            throw ListenFault(address: "\(address)", fault: error)
        }
    }

    private static func live(
        _ service: FuseboxService, _ door: Door, _ server: HTTPServer,
        _ interrupted: [InterruptedTask],
        announce: @escaping (String) -> Void, complain: @escaping (String) -> Void
    ) -> Int32 {
        door.service = service
        service.server = server
        let signals = watchSignals(for: service, complain: complain)
        service.onOpen = {
            announce("fusebox is ready at http://\(server.address)")
            ProgramPages.release()
            service.onStorageChange = { complain("fusebox: \(sentence(onStorage: $0))") }
        }
        var end = RunEnd.done
        service.onClosed = {
            for signal in signals { signal.close() }
            service.onStorageChange = nil
            end = RunEnd(wasReady: service.isOpen, fault: service.engine.storageFault)
            if let sentence = end.sentence { complain("fusebox: \(sentence)") }
        }
        service.recover(interrupted)
        service.loop.run()
        // What knows the service and is known by it would keep each other for ever.
        door.service = nil
        (service.onOpen, service.onClosed) = (nil, nil)
        return end.exitCode
    }

    private static func sentence(onStorage fault: StoreFault?) -> String {
        fault.map { "storage failed, and nothing is taken until it is good again: \($0)" }
            ?? "storage is good again"
    }

    private static func watchSignals(
        for service: FuseboxService, complain: @escaping (String) -> Void
    ) -> [SignalWatcher] {
        var isStopping = false
        let stop = {
            if isStopping { return service.post(.stopRequested) }
            isStopping = true
            let limit = service.configuration.drainTimeout
            complain("fusebox: stopping; running tasks have \(DurationText.format(limit)) to end")
            service.post(.drainRequested(deadline: service.now.instant.advanced(by: limit)))
        }
        let reopen = {
            service.log.reopen()
            complain("fusebox: event log reopened; a changed configuration takes effect at the next start")
        }
        return [(SIGTERM, stop), (SIGINT, stop), (SIGHUP, reopen)].compactMap { signal, action in
            do {
                return try SignalWatcher(on: service.loop, signal: signal, onSignal: action)
            } catch {
                complain("fusebox: \(error)")
                return nil
            }
        }
    }

    /// Tasks of bots that are no longer configured stay where they are.
    private static func reportOrphans(
        _ stored: StoredState, _ service: FuseboxService, _ complain: (String) -> Void
    ) {
        var orphans: [BotID: Int] = [:]
        for task in stored.queued where service.desks[task.bot.text] == nil {
            orphans[task.bot, default: 0] += 1
        }
        for (bot, count) in orphans.sorted(by: { $0.key < $1.key }) {
            complain("fusebox: \(count) tasks wait for bot \(bot), which is not configured")
        }
    }

    /// Lets what is opened before the service reach it.
    private final class Door {
        var service: FuseboxService?
    }
}

/// The address cannot be listened on.
struct ListenFault: Error, CustomStringConvertible {
    let address: String
    let fault: UVFault

    var description: String { "cannot listen on \(address): \(fault.message)" }
}

extension Configuration {
    fileprivate var storeSettings: SQLiteSettings {
        var settings = SQLiteSettings()
        settings.retention = retention
        return settings
    }
}

extension HTTPServer.Configuration {
    fileprivate static func serving(_ budget: DescriptorBudget) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration()
        configuration.maximumConnections = budget.connections
        configuration.maximumRefusalsAtOnce = budget.refusals
        configuration.requestKinds = RouteKind.allCases.count
        return configuration
    }
}
