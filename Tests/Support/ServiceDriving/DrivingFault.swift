/// Why a program could not be driven: what was wanted, and what came instead.
package struct DrivingFault: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
