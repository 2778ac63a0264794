import CLinux

/// A folder that is there as long as this object.
package final class TemporaryFolder {
    package let path: String

    package init() throws(DrivingFault) {
        var template = Array("/tmp/fusebox-test-XXXXXX".utf8CString)
        // Safe: mkdtemp writes only over the six X of a text that ends with NUL.
        guard unsafe mkdtemp(&template) != nil else { throw DrivingFault("no temporary folder can be made") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package func write(_ text: String, to name: String) throws(DrivingFault) {
        let result = try Run.toEnd(["/bin/sh", "-c", "cat > \"$0\"", "\(path)/\(name)"], input: text)
        guard result.code == 0 else { throw DrivingFault(result.errors) }
    }

    /// A file's text; empty when there is none.
    package func text(of name: String) throws(DrivingFault) -> String {
        try Run.toEnd(["/bin/cat", "\(path)/\(name)"]).output
    }

    deinit {
        _ = try? Run.toEnd(["/bin/rm", "-rf", path])
    }
}
