import Testing

@testable import fusebox

@Suite("An order to the demo bot")
struct DemoOrderTests {
    @Test(arguments: [
        ("echo hello", DemoOrder.echo("hello")), ("echo", .echo("")), ("echo ", .echo("")),
        ("echo  two  blanks \n", .echo(" two  blanks ")), ("echo line\nline\n\n", .echo("line\nline\n")),
        ("  echo x", .echo("x")), ("fail", .fail(1)), ("fail 1", .fail(1)), ("fail 255\n", .fail(255)),
        ("sleep 0", .sleep(seconds: 0)), ("sleep 0.25", .sleep(seconds: 0.25)),
        ("sleep 86400", .sleep(seconds: 86_400)), ("sum", .sum([])), ("sum 20 22", .sum([20, 22])),
        ("sum -1\t+2", .sum([-1, 2])), ("throttle 0", .throttle(seconds: 0)),
        ("throttle 30", .throttle(seconds: 30)), ("crash", .crash), ("noise 0", .noise(bytes: 0)),
        ("noise 1073741824", .noise(bytes: 1 << 30)),
    ])
    func `is read with its arguments`(text: String, order: DemoOrder) {
        #expect(DemoOrder(text) == order)
    }

    @Test(arguments: [
        "", " \n", "Echo x", "dance", "fail 0", "fail 256", "fail -1", "fail x", "fail 1 2", "sleep",
        "sleep -0.1", "sleep 86400.1", "sleep nan", "sleep inf", "sleep soon", "sleep 1 2", "sum 1 x",
        "sum 9223372036854775808", "throttle", "throttle -1", "throttle 1.5", "crash now", "noise",
        "noise -1", "noise 1073741825", "noise 1 2",
    ])
    func `that is none is refused`(text: String) {
        #expect(DemoOrder(text) == nil)
    }
}
