import Testing

@Suite("Words that do not belong here")
struct WordTests {
    @Test("no type has a name that says nothing")
    func emptyNames() {
        let endings = ["Manager", "Helper", "Util", "Utils", "Base", "Common", "Info"]
        for (file, line, name) in declaredTypes(in: House.sources + House.tests) {
            #expect(!endings.contains { name.hasSuffix($0) }, "\(file.path):\(line) declares \(name)")
        }
    }

    @Test("no module holds a type with the module's own name")
    func ownNames() {
        for (file, line, name) in declaredTypes(in: House.sources) where name == file.room {
            Issue.record("\(file.path):\(line) declares \(name) in the module \(name)")
        }
    }

    @Test("nothing tells the compiler to look away")
    func escapes() {
        let banned = ["@unchecked Sendable", "nonisolated(unsafe)", "try!", " as! ", "@preconcurrency"]
        for file in House.sources + House.tests {
            for word in banned {
                let places = file.places { $0.contains(word) }
                #expect(places.isEmpty, "\(word): \(places)")
            }
        }
    }

    @Test("only the executables print")
    func printing() {
        let banned: Set<Substring> = ["debugPrint", "dump", "NSLog"]
        for file in House.sources {
            let isExecutable = ["fusebox", "bench"].contains(file.room)
            let places = file.places { line in
                let prints = line.words.contains("print") && line.contains("print(")
                return prints && !isExecutable || !banned.isDisjoint(with: line.words)
            }
            #expect(places.isEmpty, "\(places)")
        }
    }

    @Test("nothing is left open, but for what is listed")
    func openEnds() {
        // Put together, so that this line is none.
        let marks: Set<Substring> = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
        var unneeded = Set(Exceptions.openEnds.keys)
        for file in House.sources + House.tests {
            let hasMark = file.lines.contains { !marks.isDisjoint(with: $0.words) }
            guard hasMark else { continue }
            #expect(Exceptions.openEnds[file.path] != nil, "\(file.path)")
            unneeded.remove(file.path)
        }
        #expect(unneeded.isEmpty, "no longer exceptions: \(unneeded.sorted())")
    }

    @Test("unsafe has an address")
    func unsafe() {
        var unneeded = Set(Exceptions.unsafe.keys)
        for file in House.sources where !file.places(where: { $0.words.contains("unsafe") }).isEmpty {
            if file.path.hasPrefix("Sources/Shell/UV/") { continue }
            #expect(Exceptions.unsafe[file.path] != nil, "\(file.path)")
            unneeded.remove(file.path)
        }
        #expect(unneeded.isEmpty, "no longer exceptions: \(unneeded.sorted())")
    }

    @Test("comments and strings are not code")
    func scan() {
        let text = #"""
            let a = "unsafe \(b("try!") + c) unsafe" // unsafe
            /* unsafe /* unsafe */ unsafe */ let d = 1
            """#
        let words = SwiftFile(path: "example", text: text).code.flatMap { $0.words }
        #expect(words == ["let", "a", "b", "c", "let", "d", "1"])
    }

    private func declaredTypes(in files: [SwiftFile]) -> [(file: SwiftFile, line: Int, name: String)] {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
        return files.flatMap { file in
            file.code.enumerated().compactMap { number, line in
                let words = line.words
                guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count else {
                    return nil
                }
                return (file, number + 1, String(words[kind + 1]))
            }
        }
    }
}
