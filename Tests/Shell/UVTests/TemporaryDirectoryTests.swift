import CLinux
import Glibc
import Testing
import UV

@Suite("A directory of one run")
struct TemporaryDirectoryTests {
    @Test("is gone afterwards, with what is in it, and nothing else")
    func gone() throws {
        let folder = try TemporaryDirectory(prefix: "/tmp/uv-tests")
        let other = try TemporaryDirectory(prefix: "/tmp/uv-tests")
        try SystemFile("\(other.path)/kept", for: .write).write([1, 2, 3], at: 0)
        try #require(unsafe mkdir("\(folder.path)/a", 0o700) == 0)
        try #require(unsafe mkdir("\(folder.path)/a/b", 0o700) == 0)
        try SystemFile("\(folder.path)/a/b/file", for: .write).write([4], at: 0)
        try #require(unsafe symlink(other.path, "\(folder.path)/link") == 0)
        #expect(try namesInDirectory(folder.path).sorted() == ["a", "link"])
        folder.remove()
        #expect(unsafe access(folder.path, F_OK) != 0)
        #expect(try SystemFile("\(other.path)/kept", for: .read).contents(atMost: 9) == [1, 2, 3])
        other.remove()
        #expect(throws: UVFault(code: -ENOENT, operation: "open \(other.path)")) {
            try namesInDirectory(other.path)
        }
    }

    @Test("that cannot be made says where and why")
    func refused() {
        #expect(throws: UVFault(code: -ENOENT, operation: "make /no/such/place-XXXXXX")) {
            try TemporaryDirectory(prefix: "/no/such/place")
        }
    }
}
