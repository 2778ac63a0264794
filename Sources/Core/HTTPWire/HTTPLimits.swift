/// What one message may cost its reader, in bytes unless the name says otherwise.
package struct HTTPLimits: Sendable, Equatable {
    /// The request line and all header fields with their line ends. Over it: 431, or 414 inside the request
    /// line.
    package var headBytes = 16 * 1024
    /// The request target. Over it: 414.
    package var targetBytes = 8 * 1024
    /// Header lines (a count). Over it: 431.
    package var headerCount = 100
    /// The body after chunked framing is taken off. Over it: 413, before the bytes arrive when their number
    /// is told.
    package var bodyBytes = 1024 * 1024
    /// One chunk-size line with its extensions and line end. Over it: 400.
    package var chunkLineBytes = 1024
    /// All chunk extensions of one body together, so that tiny chunks cannot carry a flood. Over it: 400.
    package var chunkExtensionBytes = 16 * 1024
    /// All trailer lines with their line ends. Over it: 431.
    package var trailerBytes = 8 * 1024
    /// Empty lines before a request line (a count). Over it: 400.
    package var leadingEmptyLines = 4
    /// Responses with a 1xx status before the real one (a count), for a client.
    package var interimResponses = 8

    package init() {}
}
