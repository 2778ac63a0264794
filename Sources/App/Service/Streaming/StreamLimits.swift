/// What live streams may take of memory and patience.
enum StreamLimits {
    /// Clients that may follow events at once, and as many outputs (a count). One more gets a 503.
    static let followers = 256
    /// The most events that are sent before it is looked whether the client takes them (a count).
    static let page = 100
    /// The most of an output in one event (bytes).
    static let outputPart = 32 << 10
    /// With so many bytes waiting for a client that catches up, the next page waits.
    static let waitingBytes = 64 << 10
    /// After so long without a word, one is sent that says nothing.
    static let silence = Duration.seconds(15)
    /// How long a client is asked to wait before it comes back (milliseconds).
    static let retryMilliseconds = 1000
}
