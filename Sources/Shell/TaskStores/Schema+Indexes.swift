extension Schema {
    // Waiting, running and ended tasks have an index each, so that what the service works with stays small
    // however long the history is, and an ended task's entry holds no more than a page needs. Queries have to
    // repeat the condition: see `TaskRow.Part`.
    //
    // Measured with the one index before in the same run, for a task that is accepted, begun and ended beside
    // 1,500,000 that have ended, 63 writes a commit: 30.6 µs of processor time instead of 32.8, and 5,808
    // bytes of log instead of 7,228; where nothing has ended 30.0 instead of 29.6 µs, and 5,657 bytes either
    // way. A table of their own for ended tasks, into which each moves at its end, took a tenth more time
    // than the one index (31.8 µs to 29.2 beside 2,500,000, 33.7 to 30.5 beside none) and with keys a third:
    // both tables need an index of ids and one of keys, and the whole row is written twice.
    static let apart = """
        DROP INDEX tasks_by_bot;
        CREATE INDEX tasks_waiting ON tasks (bot, id, priority, attempts, run_at, not_before, expires_at)
            WHERE status = 0;
        CREATE INDEX tasks_running ON tasks (bot, id) WHERE status IN (1, 2);
        CREATE INDEX tasks_ended ON tasks (bot, status, id) WHERE status NOT IN (0, 1, 2);
        """
}
