import Tasks
import Testing

@testable import Service

@Suite("The end of a run")
struct RunEndTests {
    private let fault = StoreFault(.full, "no space left")

    @Test("is good when everything is saved, also before it was ready")
    func good() {
        for wasReady in [true, false] {
            let end = RunEnd(wasReady: wasReady, fault: nil)
            #expect(end.exitCode == 0 && end.sentence == nil)
        }
    }

    @Test("says what it left unsaved, and with which code")
    func unsaved() {
        let end = RunEnd(wasReady: true, fault: fault)
        #expect(end.exitCode == 1 && end.sentence?.hasSuffix(": no space left") == true)
    }

    @Test("before it was ready says why it could not start")
    func cannotStart() {
        let end = RunEnd(wasReady: false, fault: fault)
        #expect(end.exitCode == 2 && end.sentence == "no space left")
    }
}
