/** Types of the `@std/http` modules this project imports; std.d.ts says why they are needed. */

declare module "@std/http/etag" {
  export interface FileInfo {
    mtime: Date | null;
    size: number;
  }
  export interface ETagOptions {
    /** @default {"SHA-256"} */
    algorithm?: AlgorithmIdentifier;
    /** @default {true} for a `FileInfo`, else `false` */
    weak?: boolean;
  }
  export function eTag(entity: string | Uint8Array, options?: ETagOptions): Promise<string>;
  export function eTag(entity: FileInfo, options?: ETagOptions): Promise<string | undefined>;
  export function ifMatch(value: string | null, etag: string | undefined): boolean;
  export function ifNoneMatch(value: string | null, etag: string | undefined): boolean;
}

declare module "@std/http/negotiation" {
  type HasHeaders = Pick<Request, "headers">;
  export function accepts(request: HasHeaders): string[];
  export function accepts<T extends string>(request: HasHeaders, ...types: T[]): T | undefined;
  export function acceptsEncodings(request: HasHeaders): string[];
  export function acceptsEncodings<T extends string>(
    request: HasHeaders,
    ...encodings: T[]
  ): T | undefined;
  export function acceptsLanguages(request: HasHeaders): string[];
  export function acceptsLanguages<T extends string>(
    request: HasHeaders,
    ...langs: T[]
  ): T | undefined;
}

declare module "@std/http/status" {
  export const STATUS_CODE: {
    readonly Continue: 100;
    readonly SwitchingProtocols: 101;
    readonly Processing: 102;
    readonly EarlyHints: 103;
    readonly OK: 200;
    readonly Created: 201;
    readonly Accepted: 202;
    readonly NonAuthoritativeInfo: 203;
    readonly NoContent: 204;
    readonly ResetContent: 205;
    readonly PartialContent: 206;
    readonly MultiStatus: 207;
    readonly AlreadyReported: 208;
    readonly IMUsed: 226;
    readonly MultipleChoices: 300;
    readonly MovedPermanently: 301;
    readonly Found: 302;
    readonly SeeOther: 303;
    readonly NotModified: 304;
    readonly UseProxy: 305;
    readonly TemporaryRedirect: 307;
    readonly PermanentRedirect: 308;
    readonly BadRequest: 400;
    readonly Unauthorized: 401;
    readonly PaymentRequired: 402;
    readonly Forbidden: 403;
    readonly NotFound: 404;
    readonly MethodNotAllowed: 405;
    readonly NotAcceptable: 406;
    readonly ProxyAuthRequired: 407;
    readonly RequestTimeout: 408;
    readonly Conflict: 409;
    readonly Gone: 410;
    readonly LengthRequired: 411;
    readonly PreconditionFailed: 412;
    readonly ContentTooLarge: 413;
    readonly URITooLong: 414;
    readonly UnsupportedMediaType: 415;
    readonly RangeNotSatisfiable: 416;
    readonly ExpectationFailed: 417;
    readonly Teapot: 418;
    readonly MisdirectedRequest: 421;
    readonly UnprocessableEntity: 422;
    readonly Locked: 423;
    readonly FailedDependency: 424;
    readonly TooEarly: 425;
    readonly UpgradeRequired: 426;
    readonly PreconditionRequired: 428;
    readonly TooManyRequests: 429;
    readonly RequestHeaderFieldsTooLarge: 431;
    readonly UnavailableForLegalReasons: 451;
    readonly InternalServerError: 500;
    readonly NotImplemented: 501;
    readonly BadGateway: 502;
    readonly ServiceUnavailable: 503;
    readonly GatewayTimeout: 504;
    readonly HTTPVersionNotSupported: 505;
    readonly VariantAlsoNegotiates: 506;
    readonly InsufficientStorage: 507;
    readonly LoopDetected: 508;
    readonly NotExtended: 510;
    readonly NetworkAuthenticationRequired: 511;
  };
  export type StatusCode = typeof STATUS_CODE[keyof typeof STATUS_CODE];
  export const STATUS_TEXT: Readonly<Record<StatusCode, string>>;

  type StartingWith<T extends string> = {
    [K in StatusCode]: `${K}` extends `${T}${string}` ? K : never;
  }[StatusCode];
  export type InformationalStatus = StartingWith<"1">;
  export type SuccessfulStatus = StartingWith<"2">;
  export type RedirectStatus = StartingWith<"3">;
  export type ClientErrorStatus = StartingWith<"4">;
  export type ServerErrorStatus = StartingWith<"5">;
  export type ErrorStatus = ClientErrorStatus | ServerErrorStatus;

  export function isStatus(status: number): status is StatusCode;
  export function isInformationalStatus(status: number): status is InformationalStatus;
  export function isSuccessfulStatus(status: number): status is SuccessfulStatus;
  export function isRedirectStatus(status: number): status is RedirectStatus;
  export function isClientErrorStatus(status: number): status is ClientErrorStatus;
  export function isServerErrorStatus(status: number): status is ServerErrorStatus;
  export function isErrorStatus(status: number): status is ErrorStatus;
}
