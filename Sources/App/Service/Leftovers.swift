import Bots
import MonotonicTime
import UV

/// What an earlier service of the same data directory left running when it was killed.
enum Leftovers {
    /// The file in the data directory that knows of it.
    static let fileName = "service"
    /// How long to wait for the ends of processes that were killed.
    static let patience = Duration.seconds(5)

    /// Ends it, and says in a line that there was something.
    ///
    /// - Returns: where this service notes what it starts; nil when that cannot be kept.
    static func settle(in directory: String, _ complain: (String) -> Void) -> ServiceNotes? {
        do throws(UVFault) {
            let notes = try ServiceNotes(at: "\(directory)/\(fileName)")
            end(notes, complain)
            notes.begin()
            return notes
        } catch {
            complain("fusebox: what this run starts could not be found if it were killed: \(error)")
            return nil
        }
    }

    private static func end(_ notes: ServiceNotes, _ complain: (String) -> Void) {
        do throws(UVFault) {
            let deadline = monotonicNow().advanced(by: patience)
            let sweep = try LeftoverSweep(mark: notes.mark, noted: notes.noted, until: deadline)
            if let sentence = sweep.sentence { complain("fusebox: \(sentence)") }
        } catch {
            complain("fusebox: what an earlier run left running cannot be looked for: \(error)")
        }
    }
}
