/// What rules may ask for, and what one end of an attempt may cost the loop.
package enum RuleLimits {
    /// Rules that one bot may have of its own.
    package static let rules = 64
    /// Questions to the JSON in one rule.
    package static let jsonTests = 8
    /// Bytes of a pattern.
    package static let patternBytes = 1024
    /// The largest number of times that a pattern may ask for something at least. The steps of such a repeat
    /// are not counted one by one, so that there must not be too many.
    package static let leastRepeats = 100
    /// Bytes of one class, as `[…]`, that name characters beyond ASCII or properties of characters: each such
    /// character of a text is compared with all of these, up to 64 KiB of them before a step is counted.
    package static let classBytes = 100

    /// How much of the end of each stream is looked at, in bytes.
    package static let streamBytes = 65_536
    /// Arrays and objects within each other in a line of JSON.
    package static let jsonDepth = 64
    /// The longest text that is taken for a time, in bytes; more of it is not looked at.
    package static let timeBytes = 1024
    /// How far ahead a bot may say that it takes work again: no circuit stays open for longer by its word.
    package static let longestWait = Duration.seconds(31 * 86_400)

    /// Steps that looking for one pattern in one stream may take. A step is about a nanosecond on a machine
    /// of 2024: going over one byte is one, trying one item of the pattern is 16.
    package static let stepsPerSearch = 4_000_000
    /// Steps that all searches for one end may take together: about 12 ms.
    package static let stepsPerEnd = 12_000_000
    /// Memory for going back in one search, in KiB, and how many places it may go back to.
    package static let searchKiB = 1024
    package static let searchDepth = 20_000
}
