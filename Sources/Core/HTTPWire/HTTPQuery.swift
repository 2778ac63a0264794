/// The parameters of a query, `wait=30s&limit=10`, decoded and in their order.
package struct HTTPQuery: Equatable, Sendable {
    package struct Parameter: Equatable, Sendable {
        package let name: String
        /// Empty when there is no `=`.
        package let value: String
    }

    package let parameters: [Parameter]

    /// The first value of a name.
    package subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// Reads what follows the `?`; nil reads as no parameters. Empty parts (`a=1&&b=2`) are passed over.
    ///
    /// Refused with 400: broken escapes, text that is not UTF-8, NUL, a value without a name, and a name that
    /// comes twice, because which one counts would be a guess.
    package static func parse(_ bytes: ArraySlice<UInt8>?) -> Result<HTTPQuery, HTTPRefusal> {
        guard let query = bytes, !query.isEmpty else { return .success(HTTPQuery(parameters: [])) }
        var parameters: [Parameter] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let place = part.startIndex - query.startIndex
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            guard let name = percentDecoded(part[..<(equals ?? part.endIndex)], plusIsSpace: true),
                let value = percentDecoded(equals.map { part[($0 + 1)...] } ?? [], plusIsSpace: true)
            else {
                return .failure(.malformed("The query has a broken escape or is not UTF-8.", at: place))
            }
            guard !name.isEmpty else {
                return .failure(.malformed("The query has a value without a name.", at: place))
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                return .failure(.malformed("The query has the parameter \(name) twice.", at: place))
            }
            parameters.append(Parameter(name: name, value: value))
        }
        return .success(HTTPQuery(parameters: parameters))
    }
}
