import MonotonicTime
import UV

/// Clients on connections of their own, each with one request outstanding: as fast as the server answers.
/// HTTP and beanstalkd's protocol cost it the same, so both sides of a comparison have the same clients.
final class Load {
    /// One request, and what a good answer to it looks like.
    struct Question {
        var request: [UInt8]
        let reply: ReplyForm
        /// Where in the request decimal digits stand that differ from request to request; nil when none do.
        var numberedAt: Range<Int>?
    }

    /// How one run went.
    struct Result {
        let requests: Int
        let nanoseconds: UInt64
        /// Of each request, in microseconds.
        let latencies: [Double]

        var perSecond: Double { Double(requests) * 1e9 / Double(nanoseconds) }
    }

    private let loop: Loop
    private var clients: [LoadClient] = []
    private var question = Question(request: [], reply: .line(""))
    private var sent = 0
    private var limit = 0
    private var stopsAt = UInt64.max
    private var outstanding = 0
    private var latencies: [Double] = []
    private var fault: BenchFault?
    /// The number of the last request. Two loads of one machine never have one in common: each counts on from
    /// the time at which it began, and takes longer than a nanosecond for a request.
    private var number = monotonicNanoseconds()

    /// The longest that any run may take.
    private static let patience = Duration.seconds(120)

    /// Connects.
    init(_ count: Int, to address: SocketAddress, on loop: Loop) throws(BenchFault) {
        self.loop = loop
        var failure: UVFault?
        for _ in 0..<count {
            Stream.connect(on: loop, to: address) { [unowned self] result in
                switch result {
                case .success(let stream): clients.append(LoadClient(stream, of: self))
                case .failure(let fault): failure = fault
                }
                if clients.count == count || failure != nil { loop.stop() }
            }
        }
        loop.turn(atMost: .seconds(20)) { clients.count == count || failure != nil }
        if let failure { throw BenchFault("cannot connect to \(address): \(failure)") }
        guard clients.count == count else { throw BenchFault("cannot connect to \(address) in time") }
    }

    func close() {
        for client in clients { client.stream.close() }
        clients = []
    }

    /// Asks until so many answers have come, or the time is over.
    func run(
        _ question: Question, requests: Int, forNanoseconds duration: UInt64? = nil
    ) throws(BenchFault) -> Result {
        self.question = question
        (sent, limit, outstanding, fault) = (0, requests, 0, nil)
        latencies.removeAll(keepingCapacity: true)
        latencies.reserveCapacity(min(requests, 1_000_000))
        let start = monotonicNanoseconds()
        stopsAt = duration.map { start + $0 } ?? .max
        for client in clients { client.prepare(question.reply) }
        for client in clients { sendNext(client, at: monotonicNanoseconds()) }
        loop.turn(atMost: Self.patience) { outstanding == 0 || fault != nil }
        let end = monotonicNanoseconds()
        if let fault { throw fault }
        guard outstanding == 0 else { throw BenchFault("\(outstanding) requests were not answered in time") }
        return Result(requests: latencies.count, nanoseconds: end - start, latencies: latencies)
    }

    /// Asks once and gives the answer's bytes.
    func ask(_ question: Question) throws(BenchFault) -> [UInt8] {
        _ = try run(question, requests: 1)
        return clients.first?.answer ?? []
    }

    fileprivate func sendNext(_ client: LoadClient, at now: UInt64) {
        guard sent < limit, now < stopsAt else { return }
        sent += 1
        outstanding += 1
        if let digits = question.numberedAt {
            number += 1
            question.write(number, at: digits)
        }
        client.send(question.request, at: now)
    }

    fileprivate func answered(_ client: LoadClient, sentAt: UInt64) {
        let now = monotonicNanoseconds()
        latencies.append(Double(now - sentAt) / 1000)
        outstanding -= 1
        sendNext(client, at: now)
        if outstanding == 0 { loop.stop() }
    }

    fileprivate func failed(_ reason: String) {
        fault = fault ?? BenchFault(reason)
        loop.stop()
    }
}

extension Load.Question {
    fileprivate mutating func write(_ number: UInt64, at digits: Range<Int>) {
        var rest = number
        for place in digits.reversed() {
            request[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

/// One connection of a load.
private final class LoadClient {
    let stream: Stream
    private unowned let load: Load
    private var scan = ReplyScan(.line(""))
    private var sentAt: UInt64 = 0
    private var isNew = true

    init(_ stream: Stream, of load: Load) {
        self.stream = stream
        self.load = load
        stream.onRead = { [unowned self] bytes in received(bytes) }
        stream.onEnd = { [unowned self] fault in
            self.load.failed("the server closed a connection: \(fault.map { "\($0)" } ?? "without a word")")
        }
        stream.startReading()
    }

    /// The last answer that was read whole.
    var answer: [UInt8] { scan.bytes }

    func prepare(_ form: ReplyForm) { scan = ReplyScan(form) }

    func send(_ request: [UInt8], at now: UInt64) {
        sentAt = now
        isNew = true
        stream.write(request)
    }

    private func received(_ bytes: Span<UInt8>) {
        switch scan.take(bytes, isNew: isNew) {
        case .needsMore: isNew = false
        case .complete: load.answered(self, sentAt: sentAt)
        case .wrong:
            load.failed("the server answered: \(String(decoding: scan.bytes.prefix(500), as: UTF8.self))")
        }
    }
}
