import Tasks

/// How a run of the service ended: the exit code of `fusebox serve`, and what is to be said about it.
enum RunEnd: Equatable {
    case done
    /// It was asked to stop and had to leave something behind that could not be saved.
    case unsaved(StoreFault)
    case cannotStart(StoreFault)

    /// - Parameter fault: what is wrong with the store in the end; nil when everything is saved. It can be
    ///   stopped before it was ready, and that is no failure.
    init(wasReady: Bool, fault: StoreFault?) {
        switch (wasReady, fault) {
        case (_, nil): self = .done
        case (true, let fault?): self = .unsaved(fault)
        case (false, let fault?): self = .cannotStart(fault)
        }
    }

    /// Also for what is found before there is a store.
    static let cannotStartCode: Int32 = 2

    var exitCode: Int32 {
        switch self {
        case .done: 0
        case .unsaved: 1
        case .cannotStart: Self.cannotStartCode
        }
    }

    var sentence: String? {
        switch self {
        case .done: nil
        case .unsaved(let fault):
            "stopped, but not everything could be saved, and the next start finds it unfinished: \(fault)"
        case .cannotStart(let fault): fault.message
        }
    }
}
