import Testing

@testable import HTTPWire

@Suite("The sets of characters are those of the RFCs")
struct ByteSetTests {
    private static let alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    private static let unreserved = alphanumeric + "-._~"
    private static let subDelimiters = "!$&'()*+,;="

    @Test func tokens() {
        expect(.token, equals: Self.alphanumeric + "!#$%&'*+-.^_`|~")
    }

    @Test func targets() {
        expect(.target, equals: Self.unreserved + Self.subDelimiters + ":@/?%")
    }

    @Test func registeredNames() {
        expect(.registeredName, equals: Self.unreserved + Self.subDelimiters + "%")
    }

    @Test func unreservedCharacters() {
        expect(.unreserved, equals: Self.unreserved)
    }

    @Test func lowercasingTouchesOnlyLetters() {
        for byte in UInt8.min...UInt8.max {
            let expected = (65...90).contains(byte) ? byte + 32 : byte
            #expect(byte.lowercased == expected)
        }
    }

    @Test func hexadecimalValues() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(Unicode.Scalar(byte))
            #expect(byte.hexadecimalValue.map(Int.init) == (byte < 128 ? character.hexDigitValue : nil))
        }
    }

    private func expect(_ set: ByteSet, equals characters: String) {
        for byte in UInt8.min...UInt8.max {
            #expect(set.contains(byte) == characters.utf8.contains(byte), "byte \(byte)")
        }
    }
}
