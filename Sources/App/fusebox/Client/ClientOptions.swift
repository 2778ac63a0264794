import ArgumentParser
import HTTPRequesting
import UV

/// Where the service is that a command speaks to.
struct ServerOption: ParsableArguments {
    @Option(
        help: """
            Where the service is: http only, with a numeric host or localhost. Otherwise FUSEBOX_SERVER, \
            otherwise http://127.0.0.1:8080.
            """)
    var server: String?

    var url: String { server ?? environmentVariable("FUSEBOX_SERVER") ?? ServerAddress.usual }

    func validate() throws {
        if ServerAddress(url) == nil {
            throw ValidationError("The server '\(url)' is not \(ServerAddress.rule).")
        }
    }

    var address: ServerAddress {
        guard let address = ServerAddress(url) else { preconditionFailure("\(url) was not validated") }
        return address
    }
}

/// What every command that asks a running service something takes.
struct ClientOptions: ParsableArguments {
    @OptionGroup var place: ServerOption

    @Flag(help: "Print the answer as the JSON it came as.")
    var json = false

    /// Sends one request, prints the answer, and throws the exit code of anything but a success.
    func run(
        _ request: (APIClient) throws(HTTPRequestFault) -> APIAnswer,
        print: (APIAnswer) -> Void
    ) throws {
        let answer = try answer(to: request, from: place.address)
        if json {
            Console.show(answer.body + [UInt8(ascii: "\n")])
        } else if answer.isSuccess {
            print(answer)
        }
        guard !answer.isSuccess else { return }
        if !json { Console.complain("fusebox: \(answer.problem)") }
        throw (answer.isRefusalByCircuit ? Ending.circuitOpen : Ending.failed).exit
    }

    private func answer(
        to request: (APIClient) throws(HTTPRequestFault) -> APIAnswer, from address: ServerAddress
    ) throws -> APIAnswer {
        let loop = try Loop()
        defer { loop.close() }
        do {
            return try request(APIClient(loop: loop, server: address))
        } catch {
            Console.complain("fusebox: \(place.url): \(error.sentence)")
            throw error.ending.exit
        }
    }
}
