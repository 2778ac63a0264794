/// The pipes of a child that is about to be started: our ends as streams, the child's ends as descriptors.
struct ChildPipes {
    let input: Stream?
    let output: Stream
    let errorOutput: Stream
    let childInput: Int32?
    let childOutput: Int32
    let childErrorOutput: Int32

    static func make(withInput: Bool, on loop: Loop) throws(SpawnFault) -> ChildPipes {
        var made: [(stream: Stream, childEnd: Int32)] = []
        do {
            if withInput { made.append(try pipe(childReads: true, on: loop)) }
            made.append(try pipe(childReads: false, on: loop))
            made.append(try pipe(childReads: false, on: loop))
        } catch {
            for (stream, childEnd) in made {
                stream.close()
                closeDescriptor(childEnd)
            }
            throw .resource(error)
        }
        let outputs = made.suffix(2)
        return ChildPipes(
            input: withInput ? made[0].stream : nil,
            output: outputs[outputs.startIndex].stream, errorOutput: outputs[outputs.startIndex + 1].stream,
            childInput: withInput ? made[0].childEnd : nil,
            childOutput: outputs[outputs.startIndex].childEnd,
            childErrorOutput: outputs[outputs.startIndex + 1].childEnd)
    }

    func closeChildEnds() {
        for descriptor in [childInput, childOutput, childErrorOutput] {
            if let descriptor { closeDescriptor(descriptor) }
        }
    }

    func closeStreams() {
        for stream in [input, output, errorOutput] { stream?.close() }
    }

    /// The child's end stays blocking, as programs expect of their standard streams; ours becomes
    /// non-blocking, which is a property of each end of a pipe by itself.
    private static func pipe(childReads: Bool, on loop: Loop) throws(UVFault) -> (Stream, Int32) {
        let (readEnd, writeEnd) = try makePipe()
        let (ours, theirs) = childReads ? (writeEnd, readEnd) : (readEnd, writeEnd)
        do {
            return (try Stream.pipe(on: loop, adopting: ours), theirs)
        } catch {
            closeDescriptor(readEnd)
            closeDescriptor(writeEnd)
            throw error
        }
    }
}
