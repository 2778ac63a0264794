import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Requests to the service that are refused, and why", .serialized)
struct RequestTests {
    @Test("A web page of another site cannot send tasks from a browser")
    func foreignOrigin() throws {
        let service = try RunningService()
        // What a page can send without asking first: a body without a type.
        let headers = [HTTPField("Origin", "http://evil.example")]
        for (method, path) in [
            (HTTPMethod.post, "/api/bot/BOT-001/task"), (.post, "/api/bot/BOT-001/circuit/open"),
            (.get, "/api/bots"),
        ] {
            let refused = try service.send(method, path, headers: headers)
            #expect(refused.status == 403 && refused.text("type") == "forbidden-origin")
        }
        #expect(try service.send(.get, "/api/bots", headers: [HTTPField("Origin", "null")]).status == 403)
        let own = [HTTPField("Origin", service.url)]
        #expect(try service.send(.get, "/api/bots", headers: own).status == 200)
        #expect(try service.circuit("BOT-001")["state"] == "Closed")
        let tasks = try service.send(.get, "/api/bot/BOT-001/tasks").json["tasks"]
        #expect(tasks?.arrayValue?.isEmpty == true)
    }
}
