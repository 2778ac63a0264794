/// The members of a JSON object, in their order, each name once.
package struct JSONObject: Equatable, Sendable {
    package private(set) var members: [Member] = []
    /// Where each name stands; kept only for objects so large that looking through them would cost.
    private var positions: [ByteString: Int] = [:]

    package struct Member: Equatable, Sendable {
        package let name: String
        package fileprivate(set) var value: JSONValue

        package static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    /// Up to this many members are looked through one by one.
    private static let searchedLimit = 12

    package init() {}

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var names: some Collection<String> { members.lazy.map(\.name) }

    /// The value of that name. Setting a new name puts it at the end; setting nil takes the member away.
    package subscript(name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                index()
            case (nil, let value?): append(name, value)
            case (nil, nil): break
            }
        }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }

    /// Puts a member at the end.
    ///
    /// - Parameter name: must be new; the reader has made sure of it.
    mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
        if members.count == Self.searchedLimit + 1 {
            index()
        } else if members.count > Self.searchedLimit {
            positions[ByteString(text: name)] = members.count - 1
        }
    }

    func position(of name: String) -> Int? {
        guard members.count > Self.searchedLimit else {
            // Not `firstIndex(where:)`, which takes each member out of the array to show it.
            for place in members.indices where members[place].name.hasSameBytes(as: name) { return place }
            return nil
        }
        return positions[ByteString(text: name)]
    }

    private mutating func index() {
        positions.removeAll()
        guard members.count > Self.searchedLimit else { return }
        for (position, member) in members.enumerated() {
            positions[ByteString(text: member.name)] = position
        }
    }
}

/// A text that is equal and hashed by its UTF-8 alone. `String` hashes equivalent texts alike, so a body made
/// of many spellings of one name would all collide; here the seeded hash sees them as different.
private struct ByteString: Hashable {
    let text: String

    static func == (left: ByteString, right: ByteString) -> Bool { left.text.hasSameBytes(as: right.text) }

    func hash(into hasher: inout Hasher) {
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count.isMultiple(of: 8) { hasher.combine(word) }
        }
        hasher.combine(word)
        hasher.combine(count)
    }
}
