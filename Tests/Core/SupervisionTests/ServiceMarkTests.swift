import Supervision
import Testing

@Suite("The mark that a service's processes carry")
struct ServiceMarkTests {
    private let mark = ServiceMark(high: 0x1234, low: .max)
    private let other = ServiceMark(high: 7, low: 7)

    private func environment(_ entries: String...) -> [UInt8] {
        Array(entries.map { $0 + "\0" }.joined().utf8)
    }

    @Test("is 32 hexadecimal digits, and read back as it was made")
    func text() {
        #expect(mark.text == "0000000000001234ffffffffffffffff")
        #expect(ServiceMark(mark.text) == mark)
        let bad = ["", "1234", mark.text + "0", mark.text.uppercased(), "g" + mark.text.dropFirst()]
        for text in bad { #expect(ServiceMark(text) == nil, "\(text)") }
    }

    @Test("is found among other variables, alone or passed on by one that is nested")
    func found() {
        let name = "FUSEBOX_SERVICE="
        #expect(mark.isCarried(by: environment("A=1", name + mark.text, "B=2")))
        #expect(mark.isCarried(by: environment(name + mark.value(inheriting: other.text))))
        #expect(other.isCarried(by: environment(name + mark.value(inheriting: other.text))))
        #expect(mark.isCarried(by: Array((name + mark.text).utf8)), "the last NUL may be missing")
        #expect(mark.isCarried(by: environment(name, name + mark.text)), "a name may come twice")
    }

    @Test("is not found in what only looks like it")
    func similar() {
        let near = [
            "FUSEBOX_SERVICE=\(other.text)", "XFUSEBOX_SERVICE=\(mark.text)", "FUSEBOX_SERVICE=\(mark.text)0",
            "FUSEBOX_SERVICE=0\(mark.text)", "FUSEBOX_SERVICE_=\(mark.text)",
            "A=FUSEBOX_SERVICE=\(mark.text)",
            "FUSEBOX_SERVICE= \(mark.text)", "FUSEBOX_SERVICE", mark.text,
        ]
        for entry in near { #expect(!mark.isCarried(by: environment(entry)), "\(entry)") }
        #expect(!mark.isCarried(by: []))
    }

    @Test("of a nested service is not that of its sibling")
    func siblings() {
        let (left, right) = (ServiceMark(high: 1, low: 1), ServiceMark(high: 2, low: 2))
        let ofRight = environment("FUSEBOX_SERVICE=" + right.value(inheriting: mark.text))
        #expect(!left.isCarried(by: ofRight))
        #expect(mark.isCarried(by: ofRight) && right.isCarried(by: ofRight))
    }

    @Test("is passed on once, without what is no mark, and not without end")
    func chain() {
        #expect(mark.value(inheriting: nil) == mark.text)
        #expect(mark.value(inheriting: "") == mark.text)
        #expect(mark.value(inheriting: mark.text) == mark.text)
        #expect(mark.value(inheriting: "x:\(other.text)::\(mark.text):") == "\(other.text):\(mark.text)")
        let many = (0..<100).map { ServiceMark(high: 9, low: $0).text }
        let marks = mark.value(inheriting: many.joined(separator: ":")).split(separator: ":")
        #expect(marks.count == ServiceMark.deepest)
        #expect(marks.first.map(String.init) == many.first && marks.last.map(String.init) == mark.text)
    }
}
