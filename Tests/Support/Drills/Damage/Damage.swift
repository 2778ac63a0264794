import SeededRandom

/// A store's files of which one is damaged.
struct Damage {
    let files: [String: [UInt8]]
    let words: String

    /// Cuts off the end of the file whose name ends so. Something is left of it: an empty file is what a
    /// service makes of a missing one before its first start.
    static func cut(in scene: DamageDrill.Scene, _ suffix: String, _ dice: inout SplitMix64) -> Damage {
        change(scene, suffix, &dice) { bytes, dice in
            let size = Int.random(in: 1..<bytes.count, using: &dice)
            bytes.removeSubrange(size...)
            return "\(suffix) cut to \(size) bytes"
        }
    }

    static func flip(in scene: DamageDrill.Scene, _ suffix: String, _ dice: inout SplitMix64) -> Damage {
        change(scene, suffix, &dice) { bytes, dice in
            let bit = Int.random(in: 0..<bytes.count * 8, using: &dice)
            bytes[bit / 8] ^= 1 << (bit % 8)
            return "\(suffix), bit \(bit % 8) of byte \(bit / 8) of \(bytes.count)"
        }
    }

    private static func change(
        _ scene: DamageDrill.Scene, _ suffix: String, _ dice: inout SplitMix64,
        _ body: (inout [UInt8], inout SplitMix64) -> String
    ) -> Damage {
        // Of several they have their turns.
        let names = scene.files.keys.filter { $0.hasSuffix(suffix) }.sorted()
        guard let name = names.randomElement(using: &dice), let bytes = scene.files[name] else {
            preconditionFailure("there is no file \(suffix)")
        }
        var (files, changed) = (scene.files, bytes)
        let words = body(&changed, &dice)
        files[name] = changed
        return Damage(files: files, words: words)
    }
}
