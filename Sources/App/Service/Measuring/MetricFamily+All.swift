import Metrics

// Every metric of the service, with what it says. Those of the process have the names that all programs give
// them.

extension MetricFamily {
    static let buildInfo = MetricFamily(
        "fusebox_build_info", .gauge, "Which version runs; the value is always 1.")

    // MARK: - Tasks

    static let tasksAccepted = MetricFamily(
        "fusebox_tasks_accepted_total", .counter, "Tasks accepted, each on disk before it is counted.")
    static let tasksRejected = MetricFamily(
        "fusebox_tasks_rejected_total", .counter,
        "Valid submissions that were refused; those that are invalid are among the HTTP requests.")
    static let tasksEnded = MetricFamily(
        "fusebox_tasks_ended_total", .counter,
        "Tasks that ended, by the class of their outcome, each on disk before it is counted.")
    static let attemptsRetried = MetricFamily(
        "fusebox_attempts_retried_total", .counter,
        "Attempts that ended and are followed by another one, by the class of their outcome.")
    static let tasksRemoved = MetricFamily(
        "fusebox_tasks_removed_total", .counter,
        "Ended tasks that were removed because of their age or number.")
    static let tasksQueued = MetricFamily("fusebox_tasks_queued", .gauge, "Tasks that wait, on disk.")
    static let tasksRunning = MetricFamily(
        "fusebox_tasks_running", .gauge,
        "Tasks under way, from the write that begins their attempt until their end is on disk.")

    // MARK: - Circuits

    static let circuitState = MetricFamily(
        "fusebox_circuit_state", .gauge, "1 for the state in which the circuit is, 0 for the others.")
    static let circuitTransitions = MetricFamily(
        "fusebox_circuit_transitions_total", .counter,
        "Transitions of the circuit, each on disk before it is counted.")
    static let circuitOpenUntil = MetricFamily(
        "fusebox_circuit_open_until_timestamp_seconds", .gauge,
        "Until when the circuit stays open, in Unix seconds; only while it is open.")
    static let circuitLateResults = MetricFamily(
        "fusebox_circuit_late_results_total", .counter,
        "Results that belong to an earlier generation of the circuit and decided nothing.")

    // MARK: - Store

    static let storeCommit = MetricFamily(
        "fusebox_store_commit_duration_seconds", .histogram,
        "Duration of each successful COMMIT alone: writing the changed pages to the log and its fdatasync.")
    static let storeSync = MetricFamily(
        "fusebox_store_fsync_duration_seconds", .histogram,
        "Duration of the fdatasync of the log within each successful COMMIT.")
    static let storeTransaction = MetricFamily(
        "fusebox_store_batch_duration_seconds", .histogram,
        "Duration of each successful batch, from before BEGIN to behind COMMIT.")
    static let storeBatchWrites = MetricFamily(
        "fusebox_store_batch_writes", .histogram,
        "Changes (tasks accepted, attempts begun, ends, circuits) that became one transaction together.")
    static let storeFailures = MetricFamily(
        "fusebox_store_failures_total", .counter, "Commits, and tries to recover, that failed.")

    static let storeCheckpoint = MetricFamily(
        "fusebox_store_checkpoint_duration_seconds", .histogram,
        "Duration of each copying of the log into the data file, with a sync of both; no commit is among it.")

    // MARK: - HTTP

    static let httpRequests = MetricFamily(
        "fusebox_http_requests_total", .counter,
        "Requests answered; those whose client left before the answer are not among them.")
    static let httpConnections = MetricFamily(
        "fusebox_http_connections_open", .gauge, "Connections that are open.")
    static let httpConnectionsAccepted = MetricFamily(
        "fusebox_http_connections_accepted_total", .counter, "Connections accepted.")
    static let httpConnectionsRefused = MetricFamily(
        "fusebox_http_connections_refused_total", .counter,
        "Connections turned away because there were too many.")
    static let httpConnectionsTimedOut = MetricFamily(
        "fusebox_http_connections_timed_out_total", .counter,
        "Connections cut because nothing moved for too long, idle ones included.")

    // MARK: - Event log

    static let eventLogLines = MetricFamily(
        "fusebox_event_log_lines_total", .counter, "Lines written to the event log.")
    static let eventLogDropped = MetricFamily(
        "fusebox_event_log_dropped_lines_total", .counter,
        "Lines dropped because too many bytes waited for the disk; never transitions.")
    static let eventLogFailures = MetricFamily(
        "fusebox_event_log_failures_total", .counter, "Failed tries to open, write or rotate the event log.")
    static let eventLogWaiting = MetricFamily(
        "fusebox_event_log_waiting_bytes", .gauge,
        "Bytes of lines that wait for the disk; an upper bound.")

    // MARK: - Live events

    static let eventStreams = MetricFamily(
        "fusebox_event_streams_open", .gauge, "Clients that follow live events at present.")
    static let outputStreams = MetricFamily(
        "fusebox_output_streams_open", .gauge, "Clients that follow a task's output at present.")
    static let eventStreamsRefused = MetricFamily(
        "fusebox_event_streams_refused_total", .counter,
        "Clients that were not let follow because there were too many.")
    static let eventStreamsCut = MetricFamily(
        "fusebox_event_streams_cut_total", .counter,
        "Streams cut because their client did not take what it was sent.")
    static let eventsDropped = MetricFamily(
        "fusebox_events_dropped_total", .counter,
        "Events that had to be given up before they were on disk; streams tell of a gap there.")

    // MARK: - Process

    static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter,
        "User and system time of the service, in seconds; that of bots is not in it.")
    static let processResident = MetricFamily(
        "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.")
    static let processVirtual = MetricFamily(
        "process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.")
    static let processOpenDescriptors = MetricFamily(
        "process_open_fds", .gauge, "Number of open file descriptors.")
    static let processMaximumDescriptors = MetricFamily(
        "process_max_fds", .gauge, "Maximum number of open file descriptors.")
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, "Start time of the process since the Unix epoch in seconds.")
}
