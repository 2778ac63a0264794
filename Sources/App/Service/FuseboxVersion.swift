/// Which version this is.
package enum FuseboxVersion {
    package static let text = "0.1.0"
}
