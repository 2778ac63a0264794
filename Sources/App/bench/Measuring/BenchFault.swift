/// Why a measurement cannot be made, in a sentence for people. A number that was not measured is never shown.
struct BenchFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension BenchFault {
    /// What is measured must be what is shipped.
    static func refuseDebugBuild() throws(BenchFault) {
        #if DEBUG
            throw BenchFault("this is a debug build; measure with: swift run -c release bench …")
        #endif
    }
}
