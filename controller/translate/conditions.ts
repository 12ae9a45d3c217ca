// Every condition we may write, as a closed union: type, status and reason of the Gateway API's own vocabulary
// (apis/v1 of v1.6.3). A reason that the specification does not know for a type and a status does not compile.

interface Reasons {
  GatewayClass: {
    Accepted: { True: 'Accepted'; False: 'InvalidParameters' | 'Unsupported' }
    SupportedVersion: { True: 'SupportedVersion'; False: 'UnsupportedVersion' }
  }
  Gateway: {
    Accepted: {
      True: 'Accepted' | 'ListenersNotValid'
      False: 'Invalid' | 'InvalidParameters' | 'UnsupportedAddress' | 'ListenersNotValid'
    }
    Programmed: {
      True: 'Programmed'
      False: 'Invalid' | 'AddressNotAssigned' | 'AddressNotUsable' | 'NoResources'
      Unknown: 'Pending'
    }
    ResolvedRefs: {
      True: 'ResolvedRefs'
      False: 'RefNotPermitted' | 'InvalidClientCertificateRef' | 'ListenersNotResolved'
    }
    InsecureFrontendValidationMode: { True: 'ConfigurationChanged' }
  }
  ListenerSet: {
    Accepted: {
      True: 'Accepted' | 'ListenersNotValid'
      False: 'NotAllowed' | 'ParentNotAccepted' | 'ListenersNotValid'
    }
    Programmed: {
      True: 'Programmed'
      False: 'NotAllowed' | 'ParentNotAccepted' | 'ParentNotProgrammed' | 'ListenersNotValid'
      Unknown: 'Pending'
    }
  }
  Listener: {
    Accepted: {
      True: 'Accepted'
      False:
        | 'PortUnavailable'
        | 'UnsupportedProtocol'
        | 'NoValidCACertificate'
        | 'UnsupportedValue'
        | 'HostnameConflict'
        | 'ProtocolConflict'
    }
    Conflicted: { True: 'HostnameConflict' | 'ProtocolConflict'; False: 'NoConflicts' }
    ResolvedRefs: {
      True: 'ResolvedRefs'
      False:
        | 'InvalidCertificateRef'
        | 'InvalidRouteKinds'
        | 'RefNotPermitted'
        | 'InvalidCACertificateRef'
        | 'InvalidCACertificateKind'
    }
    Programmed: {
      True: 'Programmed'
      False: 'Invalid' | 'HostnameConflict' | 'ProtocolConflict'
      Unknown: 'Pending'
    }
    OverlappingTLSConfig: { True: 'OverlappingHostnames' }
  }
  Route: {
    Accepted: {
      True: 'Accepted'
      False:
        | 'NotAllowedByListeners'
        | 'NoMatchingListenerHostname'
        | 'NoMatchingParent'
        | 'UnsupportedValue'
        | 'IncompatibleFilters'
    }
    ResolvedRefs: {
      True: 'ResolvedRefs'
      False: 'RefNotPermitted' | 'InvalidKind' | 'BackendNotFound' | 'UnsupportedProtocol'
    }
    PartiallyInvalid: { True: 'UnsupportedValue' }
  }
  BackendTLSPolicy: {
    Accepted: { True: 'Accepted'; False: 'Invalid' | 'NoValidCACertificate' | 'Conflicted' }
    ResolvedRefs: { True: 'ResolvedRefs'; False: 'InvalidCACertificateRef' | 'InvalidKind' }
  }
  /** Backend and the filters: HeaderMutation, Mirror, PathRewrite, RateLimit. */
  Ours: { Accepted: { True: 'Accepted'; False: 'Invalid' } }
}

export type Subject = keyof Reasons
export type ConditionType<S extends Subject> = keyof Reasons[S]
export type Truth = 'True' | 'False' | 'Unknown'

/** A condition before it is attached to an object's generation. */
export type Condition<S extends Subject> = {
  [T in keyof Reasons[S]]: {
    [V in keyof Reasons[S][T]]: { type: T; status: V; reason: Reasons[S][T][V]; message: string }
  }[keyof Reasons[S][T]]
}[keyof Reasons[S]]

/** The reasons of a condition that is false. */
export type Reason<S extends Subject, T extends ConditionType<S>> = Reasons[S][T] extends { False: infer R } ? R : never

/** What is wrong with a route, wherever in it: the condition it falsifies, and why. */
export type RouteProblem =
  | { type: 'Accepted'; reason: 'UnsupportedValue' | 'IncompatibleFilters'; message: string }
  | { type: 'ResolvedRefs'; reason: Reason<'Route', 'ResolvedRefs'>; message: string }

/** The outcome of a step: a value, or why there is none. */
export type Outcome<T, P = RouteProblem> = { value: T; problem?: never } | { value?: never; problem: P }
