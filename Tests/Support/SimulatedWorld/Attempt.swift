import Tasks

/// An attempt that runs, from the bot's side.
struct Attempt: Sendable {
    let task: TaskID
    let bot: BotID
    private(set) var endsAt: Ticks
    private var kind: OutcomeClass
    /// For how long the bot says, at its end, that it takes no more work.
    private var throttle: Duration?

    /// - Parameters:
    ///   - number: 1 for the task's first attempt.
    ///   - timeout: the attempt's, in milliseconds.
    init(
        _ task: TaskID, _ bot: BotID, number: Int, _ health: Health, timeout: Int, seed: UInt64, at now: Ticks
    ) {
        var dice = Dice(seed, .attempt, task.low, UInt64(number))
        let kind: OutcomeClass
        let time: Int
        switch health {
        case .healthy: (kind, time) = (.ok, dice.roll(1...200))
        case .slow: (kind, time) = (.ok, dice.roll(200...timeout))
        case .failing: (kind, time) = (.failed, dice.roll(1...200))
        case .crashing: (kind, time) = (.crashed, dice.roll(1...50))
        case .mixed: (kind, time) = (dice.chance(50) ? .ok : .failed, dice.roll(1...500))
        case .hanging: (kind, time) = (.timedOut, timeout + dice.roll(0...WorldPlan.killGrace))
        case .stubborn: (kind, time) = (.timedOut, timeout + WorldPlan.killGrace + dice.roll(500...20_000))
        case .unstartable: (kind, time) = (.spawnFailed, 0)
        case .starved: (kind, time) = (.gatewayError, 0)
        case .throttled, .vaguelyThrottled: (kind, time) = (.throttled, dice.roll(1...200))
        case .unauthorized: (kind, time) = (.unauthorized, dice.roll(1...50))
        case .refusing: (kind, time) = (dice.pick([.callerError, .ignored, .ok]), dice.roll(1...200))
        }
        self.task = task
        self.bot = bot
        // Some ends fall on the same millisecond as something else, most do not.
        let fraction = dice.chance(30) ? 0 : Ticks(dice.roll(0...999_999))
        endsAt = time == 0 ? now : now.roundedUpToMillisecond + .milliseconds(time) + fraction
        self.kind = kind
        // What a bot says may also be over already.
        if health == .throttled { throttle = .milliseconds(dice.roll(-1000...20_000)) }
    }

    /// How it ended.
    ///
    /// - Parameter wall: the time of day at its end.
    func outcome(at wall: WallTime) -> Outcome {
        Outcome(
            kind, message: kind == .gatewayError ? "no descriptors" : nil,
            retryAt: throttle.map { wall.advanced(by: $0) })
    }

    /// It is asked to end: at once or by and by, unless it ends before that anyhow.
    mutating func stop(_ reason: StopReason, _ health: Health, seed: UInt64, at now: Ticks) {
        var dice = Dice(seed, .stop, task.low)
        let delay: Int
        switch health {
        case .healthy, .slow, .failing, .crashing, .mixed, .unstartable, .starved, .throttled,
            .vaguelyThrottled, .unauthorized, .refusing:
            delay = dice.roll(0...100)
        case .hanging: delay = WorldPlan.killGrace
        case .stubborn: delay = dice.roll(WorldPlan.killGrace...30_000)
        }
        end(as: reason == .cancelled ? .cancelled : .lost, at: now + .milliseconds(delay))
    }

    /// It is killed without grace, and may have ended just before.
    mutating func kill(at now: Ticks) {
        end(as: .lost, at: now + .milliseconds(5))
    }

    private mutating func end(as kind: OutcomeClass, at time: Ticks) {
        guard time < endsAt else { return }
        (endsAt, self.kind, throttle) = (time, kind, nil)
    }
}
