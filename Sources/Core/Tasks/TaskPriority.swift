/// How urgent a task is: 0 to 9, 9 is the most urgent.
package struct TaskPriority: Hashable, Comparable, Sendable {
    package let level: Int

    /// - Returns: nil when the level is not one of 0 to 9.
    package init?(level: Int) {
        guard Self.levels.contains(level) else { return nil }
        self.level = level
    }

    private init(_ level: Int) {
        self.level = level
    }

    package static let levels = 0...9
    /// What a task has when its sender says nothing.
    package static let standard = TaskPriority(5)

    package static func < (left: Self, right: Self) -> Bool { left.level < right.level }
}
